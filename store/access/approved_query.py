"""Approved query: the only input that a target executes."""

from dataclasses import dataclass, field

from store.access.roles import Scalar
from store.catalog import Dialect


@dataclass(frozen=True, slots=True)
class Parameter:
    """Bind parameter: a claim of the user or the salt of hashes; never printed into the query."""

    name: str
    value: Scalar = field(repr=False)


@dataclass(frozen=True, slots=True)
class Approved:
    """Query approved by the guard; `sql` is printed from the validated tree, never the text a model wrote.

    Only `agent/guard` creates one (an architecture test ensures that). `parameters` fill, in order, the
    placeholders of `sql`: `$1` in PostgreSQL and DuckDB, `?` in SQLite and MySQL. If a policy has rewritten
    the query, `original_sql` and `original_tables` are what the user may see. `policy` is the identity of the
    policy that was applied.
    """

    sql: str
    dialect: Dialect
    tables: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    original_sql: str | None = None
    original_tables: tuple[str, ...] = ()
    policy: str | None = None

    @property
    def display_sql(self) -> str:
        """The query as the user may see it: without the rules of a policy."""
        return self.sql if self.original_sql is None else self.original_sql

    @property
    def display_tables(self) -> tuple[str, ...]:
        """The tables of the query as the user may see it."""
        return self.tables if self.original_sql is None else self.original_tables


def bind_values(approved: Approved) -> tuple[Scalar, ...]:
    """Return the values of the bind parameters, in the order of the placeholders."""
    return tuple(parameter.value for parameter in approved.parameters)
