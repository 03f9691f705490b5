"""Withholding of stored values from language models: of tagged columns, or of all columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from schema_docs.access_filter import is_example_visible
from schema_docs.scan.scanner import WITHHELD_TAG
from schema_docs.schema_map import MapBody, SchemaMap
from store.access.approved_query import Approved
from store.access.catalog_filter import filter_catalog
from store.access.roles import Access, NameFilter, Role
from store.catalog import Catalog, Column, Dialect, Table
from store.maps.records import SchemaElement
from store.rows import Limits, Rows
from store.targets.target import ChangeTokens, ColumnProfile, Estimate, SupportsChangeTokens, Target

_SHARED_ACCESS = Access(Role(columns=NameFilter(hide=(f"tag:{WITHHELD_TAG}",))))


def withheld_columns(catalog: Catalog, share_values: bool = True) -> frozenset[SchemaElement]:
    """Return the columns whose values are withheld."""
    return frozenset(
        SchemaElement(table.full_name, column.name)
        for table in catalog
        for column in table.columns
        if not share_values or WITHHELD_TAG in table.tags or WITHHELD_TAG in column.tags
    )


def contains_withheld_values(body: MapBody, catalog: Catalog, share_values: bool) -> bool:
    """Return whether a stored map contains values of columns that are withheld by now."""
    return any(
        element.column in body.profiles.get(element.table, {})
        or f"{element.table}.{element.column}" in body.values
        for element in withheld_columns(catalog, share_values)
    )


def redact(schema: SchemaMap) -> SchemaMap:
    """Remove withheld values from a map: samples, and the lists of what a column may hold."""
    withheld = withheld_columns(schema.catalog, schema.share_values)
    if not withheld:
        return schema
    names = {f"{element.table}.{element.column}" for element in withheld}
    return replace(
        schema,
        catalog=replace(
            schema.catalog, tables=tuple(_redact_table(entry, withheld) for entry in schema.catalog)
        ),
        notes={
            name: replace(note, accepted_values=()) if name in names else note
            for name, note in schema.notes.items()
        },
        profiles={
            table: {
                name: entry for name, entry in columns.items() if SchemaElement(table, name) not in withheld
            }
            for table, columns in schema.profiles.items()
        },
    )


@dataclass(frozen=True, slots=True)
class SharingPolicy:
    """Decides whether the result of a query may go to a language model. Without a catalog, nothing may.

    `shared` is the part of the `whole` catalog that is not withheld.
    """

    whole: Catalog | None
    shared: Catalog | None

    @classmethod
    def of(cls, schema: SchemaMap, rows_to_model: bool) -> "SharingPolicy":
        """Combine the operator's setting on rows, the connection's on values, and the tags of columns."""
        if not (rows_to_model and schema.share_values):
            return cls(None, None)
        withheld = withheld_columns(schema.catalog)
        return cls(
            schema.catalog, filter_catalog(schema.catalog, _SHARED_ACCESS) if withheld else schema.catalog
        )

    def may_share(self, sql: str | None) -> bool:
        """Return whether rows of a query, and text made from them, may go to a language model.

        They may if the query names nothing that is withheld. If anything is, a query that cannot be parsed
        may not be shared.
        """
        if self.whole is None or self.shared is None:
            return False
        return self.shared is self.whole or is_example_visible(
            sql or "", self.whole, self.shared, _SHARED_ACCESS
        )


def _redact_table(table: Table, withheld: Collection[SchemaElement]) -> Table:
    columns = (
        _redact_labels(column) if SchemaElement(table.full_name, column.name) in withheld else column
        for column in table.columns
    )
    return replace(table, columns=tuple(columns))


def _redact_labels(column: Column) -> Column:
    """Remove enum labels; MySQL and DuckDB repeat them in the type."""
    return replace(column, labels=(), type=column.type.partition("(")[0]) if column.labels else column


class ValueHidingTarget:
    """Target wrapper that exposes the catalog but no stored values."""

    def __init__(self, target: Target) -> None:
        self.dialect: Dialect = target.dialect
        self._target = target

    async def catalog(self) -> Catalog:
        """Read the catalog. Raises `TargetUnavailable`."""
        return await self._target.catalog()

    async def change_tokens(self) -> ChangeTokens:
        """Return change tokens that differ from those of a sampled target. Raises as `catalog`."""
        tokens = (
            await self._target.change_tokens()
            if isinstance(self._target, SupportsChangeTokens)
            else ChangeTokens()
        )
        tables = {table: f"unsampled {token}" for table, token in tokens.tables.items()}
        return ChangeTokens(tables, None if tokens.database is None else f"unsampled {tokens.database}")

    async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
        """Return no profiles."""
        return ()

    async def distinct_values(self, table: Table, column: str, limit: int) -> Sequence[str]:
        """Return no values."""
        return ()

    async def explain(self, approved: Approved) -> Estimate:
        """Return the planner's estimate without running the query."""
        return await self._target.explain(approved)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run the query read-only and within limits."""
        return await self._target.run(approved, limits)

    async def close(self) -> None:
        """Close the target."""
        await self._target.close()
