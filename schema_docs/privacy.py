"""What of a database no language model is told: the values of what is tagged private, or all values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from schema_docs.access_filter import shows_example
from schema_docs.scan.scanner import PRIVATE
from schema_docs.schema_map import SchemaMap
from schema_docs.serialization import MapBody
from store.access.approved_query import Approved
from store.access.catalog_filter import visible
from store.access.roles import Access, Choice, Role
from store.catalog import Catalog, Column, Dialect, Table
from store.maps.records import Place
from store.rows import Limits, Rows
from store.targets.target import ColumnProfile, Estimate, Target, Traced, Traces

_OUTSIDE = Access(Role(columns=Choice(hide=(f"tag:{PRIVATE}",))))


def closed_columns(catalog: Catalog, tells_values: bool = True) -> frozenset[Place]:
    """Name the columns of which no value is told."""
    return frozenset(
        Place(table.full_name, column.name)
        for table in catalog
        for column in table.columns
        if not tells_values or PRIVATE in table.tags or PRIVATE in column.tags
    )


def holds_closed(body: MapBody, catalog: Catalog, tells_values: bool) -> bool:
    """Say whether an earlier map holds values of columns of which none is told by now."""
    return any(
        place.column in body.profiles.get(place.table, {}) or f"{place.table}.{place.column}" in body.values
        for place in closed_columns(catalog, tells_values)
    )


def keep_back(schema: SchemaMap) -> SchemaMap:
    """Leave out what a map says of values that are not told: samples, and lists of what a column may hold."""
    closed = closed_columns(schema.catalog, schema.tells_values)
    if not closed:
        return schema
    names = {f"{place.table}.{place.column}" for place in closed}
    return replace(
        schema,
        catalog=replace(schema.catalog, tables=tuple(_kept_back(each, closed) for each in schema.catalog)),
        notes={
            name: replace(note, accepted=()) if name in names else note for name, note in schema.notes.items()
        },
        profiles={
            table: {name: each for name, each in columns.items() if Place(table, name) not in closed}
            for table, columns in schema.profiles.items()
        },
    )


@dataclass(frozen=True, slots=True)
class Discretion:
    """Decides whether what a query brought may go to a language model. Without a catalog, nothing may.

    `outside` is the part of the `whole` that is not private.
    """

    whole: Catalog | None
    outside: Catalog | None

    @classmethod
    def over(cls, schema: SchemaMap, rows_to_model: bool) -> "Discretion":
        """Take what the operator decided about all rows, about this connection, and about its columns."""
        if not (rows_to_model and schema.tells_values):
            return cls(None, None)
        private = closed_columns(schema.catalog)
        return cls(schema.catalog, visible(schema.catalog, _OUTSIDE) if private else schema.catalog)

    def lets_out(self, sql: str | None) -> bool:
        """Say whether rows of a query, and words made from them, may leave: it names nothing private.

        Of a query that cannot be read, nothing may where anything is private.
        """
        if self.whole is None or self.outside is None:
            return False
        return self.outside is self.whole or shows_example(sql or "", self.whole, self.outside, _OUTSIDE)


def _kept_back(table: Table, closed: Collection[Place]) -> Table:
    columns = (
        _without_labels(column) if Place(table.full_name, column.name) in closed else column
        for column in table.columns
    )
    return replace(table, columns=tuple(columns))


def _without_labels(column: Column) -> Column:
    """MySQL and DuckDB name the labels of an enum in its type too."""
    return replace(column, labels=(), type=column.type.partition("(")[0]) if column.labels else column


class Unsampled:
    """Shows what there is, and tells nothing of what is stored."""

    def __init__(self, target: Target) -> None:
        self.dialect: Dialect = target.dialect
        self._target = target

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        return await self._target.catalog()

    async def traces(self) -> Traces:
        """Tell which tables have changed, in other words than when they are sampled. Raises as `catalog`."""
        told = await self._target.traces() if isinstance(self._target, Traced) else Traces()
        tables = {table: f"unsampled {trace}" for table, trace in told.tables.items()}
        return Traces(tables, None if told.whole is None else f"unsampled {told.whole}")

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Say nothing of any column."""
        return ()

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name no value."""
        return ()

    async def explain(self, approved: Approved) -> Estimate:
        """Plan as ever."""
        return await self._target.explain(approved)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run as ever."""
        return await self._target.run(approved, limits)

    async def close(self) -> None:
        """Let go of the target."""
        await self._target.close()
