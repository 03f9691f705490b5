"""What of a database no language model is told: the values of what is tagged private, or all values."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from schema_docs.example_sight import shows_example
from schema_docs.looking import PRIVATE
from schema_docs.schema_map import SchemaMap
from schema_docs.serial import MapBody
from store.access import Access, Choice, Role
from store.catalog import Catalog, Column, Table
from store.map_records import Place
from store.visible import visible

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
