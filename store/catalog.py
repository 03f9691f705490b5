"""Catalog of a target database: tables, columns and keys as plain values."""

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
    """Table column; `type` is the engine's spelling, `kind` the type category shared by all engines.

    `default` is SQL; for a generated column, its expression. `labels` are the values of an enum, in order.
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
    """Foreign key to `referenced_columns` of `referenced_table`, which is given by its full name."""

    columns: tuple[str, ...]
    referenced_table: str
    referenced_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Table or view. `schema` is None for engines without schemas (SQLite)."""

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
        """Qualified name `schema.name`; the bare name without a schema."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    def column(self, name: str) -> Column | None:
        """Return the column with exactly this name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Functions:
    """Names of the engine's built-in functions: `immutable` in all overloads, `volatile` in at least one."""

    immutable: frozenset[str]
    volatile: frozenset[str]


@dataclass(frozen=True)
class Catalog:
    """Snapshot of the tables of one target that a user may see. `default_schema` needs no prefix in SQL."""

    dialect: Dialect
    tables: tuple[Table, ...]
    default_schema: str | None = None
    functions: Functions | None = None

    @cached_property
    def _by_name(self) -> dict[str, Table]:
        return {table.full_name: table for table in self.tables}

    def table(self, name: str) -> Table | None:
        """Return the table with this full name, or this bare name in the default schema; None if absent."""
        table = self._by_name.get(name)
        if table is None and self.default_schema and "." not in name:
            table = self._by_name.get(f"{self.default_schema}.{name}")
        return table

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)
