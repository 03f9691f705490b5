"""The only thing a target will run."""

from dataclasses import dataclass

from store.catalog import Dialect


@dataclass(frozen=True, slots=True)
class Approved:
    """A query the guard has judged; `sql` is printed from the judged tree, never the text a model wrote.

    Only `agent/guard` makes one (a house test keeps it so).
    """

    sql: str
    dialect: Dialect
    tables: tuple[str, ...]
