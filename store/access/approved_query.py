"""The only thing a target will run."""

from dataclasses import dataclass, field

from store.access.roles import Scalar
from store.catalog import Dialect


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value to be bound, never printed into a query: a claim of the asker, or the salt of hashes."""

    name: str
    value: Scalar = field(repr=False)


@dataclass(frozen=True, slots=True)
class Approved:
    """A query the guard has judged; `sql` is printed from the judged tree, never the text a model wrote.

    Only `agent/guard` makes one (a house test keeps it so). `parameters` belong, in order, in the
    placeholders of `sql`: `$1` in PostgreSQL and DuckDB, `?` in SQLite and MySQL. Where a policy has put
    rules into the query, `asked` and `asked_tables` are what may be shown to the asker in its stead.
    `policy` is the identity of the policy it was judged by.
    """

    sql: str
    dialect: Dialect
    tables: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    asked: str | None = None
    asked_tables: tuple[str, ...] = ()
    policy: str | None = None

    @property
    def shown_sql(self) -> str:
        """The query as its asker may see it."""
        return self.sql if self.asked is None else self.asked

    @property
    def shown_tables(self) -> tuple[str, ...]:
        """The tables it reads, as far as the asker knows."""
        return self.tables if self.asked is None else self.asked_tables


def values_of(approved: Approved) -> tuple[Scalar, ...]:
    """What to bind, in the order of the placeholders."""
    return tuple(parameter.value for parameter in approved.parameters)
