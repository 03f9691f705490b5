"""What a target holds: tables, columns, keys, as plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

ColumnKind = Literal[
    "integer", "number", "text", "boolean", "date", "timestamp", "time", "interval", "json", "binary", "other"
]
Dialect = Literal["postgres", "sqlite", "mysql", "duckdb"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `type` is the engine's own spelling, `kind` what it means.

    `default` is SQL, and of a generated column what it is made of; `labels` are an enum's, in their order.
    """

    name: str
    type: str
    kind: ColumnKind
    nullable: bool = True
    comment: str | None = None
    tags: tuple[str, ...] = ()
    default: str | None = None
    generated: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of the owning table point at `other_columns` of `other_table` (a full name)."""

    columns: tuple[str, ...]
    other_table: str
    other_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view. `schema` is None where the engine has none (SQLite)."""

    schema: str | None
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    comment: str | None = None
    row_estimate: int | None = None
    is_view: bool = False
    tags: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def full_name(self) -> str:
        """`schema.name`, or the bare name where there is no schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    def column(self, name: str) -> Column | None:
        """The column of exactly this name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Functions:
    """Names of the engine's own functions: `immutable` in every overload, or `volatile` in one."""

    immutable: frozenset[str]
    volatile: frozenset[str]


@dataclass(frozen=True)
class Catalog:
    """All tables an asker may see in one target, at one moment. `default_schema` needs no prefix in SQL."""

    dialect: Dialect
    tables: tuple[Table, ...]
    default_schema: str | None = None
    functions: Functions | None = None

    @cached_property
    def _by_name(self) -> dict[str, Table]:
        return {table.full_name: table for table in self.tables}

    def table(self, name: str) -> Table | None:
        """The table of this full name, or of this bare name in the default schema, or None."""
        found = self._by_name.get(name)
        if found is None and self.default_schema and "." not in name:
            found = self._by_name.get(f"{self.default_schema}.{name}")
        return found

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)
