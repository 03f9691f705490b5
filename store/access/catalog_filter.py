"""The part of a catalog that somebody may see. What is not in it does not exist for them."""

from collections.abc import Iterable
from dataclasses import replace

from store.access.patterns import any_matches
from store.access.roles import Access, Mask, RowRule
from store.catalog import Catalog, Column, Table


def visible(catalog: Catalog, access: Access | None) -> Catalog:
    """Leave only what this access allows, keys and counts included. Without an access all is to be seen."""
    if access is None:
        return catalog
    seen = [table for table in (_seen(table, catalog, access) for table in catalog) if table is not None]
    shown = {table.full_name: {column.name for column in table.columns} for table in seen}
    return replace(catalog, tables=tuple(_without_strangers(table, shown) for table in seen))


def shows_values(catalog: Catalog, access: Access | None, table: Table, column: Column) -> bool:
    """Say whether stored values of a visible column may be told apart from a query: samples, ranges, matches.

    They come from rows that a rule may hide, unless the role says that they may be told; and never from
    under a mask.
    """
    if access is None:
        return True
    if mask_of(catalog, access, table, column) is not None:
        return False
    told = _names_column(access.role.values, table, column, catalog)
    return told or not rules_of(catalog, access, table)


def rules_of(catalog: Catalog, access: Access, table: Table) -> tuple[RowRule, ...]:
    """The row rules that are about a table; all of them must hold."""
    names = _names(table, catalog, strict=False)
    return tuple(rule for rule in access.role.rows if any_matches(rule.tables, names, table.tags))


def mask_of(catalog: Catalog, access: Access, table: Table, column: Column) -> Mask | None:
    """The first mask that is about a column."""
    masks = (mask for mask in access.role.masks if _names_column(mask.columns, table, column, catalog))
    return next(masks, None)


def means_table(pattern: str, table: Table, catalog: Catalog) -> bool:
    """Say whether a pattern is about a table, as what takes away reads it."""
    return any_matches((pattern,), _names(table, catalog, strict=False), table.tags)


def means_column(pattern: str, table: Table, column: Column, catalog: Catalog) -> bool:
    """Say whether a pattern is about a column, as what takes away reads it."""
    return _names_column((pattern,), table, column, catalog)


def _seen(table: Table, catalog: Catalog, access: Access) -> Table | None:
    tables = access.role.tables
    allowed = any_matches(tables.allow, _names(table, catalog), table.tags, exact=True)
    if not allowed or any_matches(tables.hide, _names(table, catalog, strict=False), table.tags):
        return None
    columns = tuple(column for column in table.columns if _is_seen(table, column, catalog, access))
    if not columns and table.columns:
        return None
    if rules_of(catalog, access, table):
        # How many rows there are in all is not theirs to know.
        table = replace(table, row_estimate=None)
    if len(columns) < len(table.columns):
        # What a column is made of may name what is hidden.
        columns = tuple(replace(each, default=None) if each.generated else each for each in columns)
    return replace(table, columns=columns)


def _is_seen(table: Table, column: Column, catalog: Catalog, access: Access) -> bool:
    columns = access.role.columns
    if _names_column(columns.hide, table, column, catalog):
        return False
    names = _of_column(_names(table, catalog), column)
    return any_matches(columns.allow, names, (*table.tags, *column.tags), exact=True)


def _names_column(patterns: tuple[str, ...], table: Table, column: Column, catalog: Catalog) -> bool:
    names = _of_column(_names(table, catalog, strict=False), column)
    return any_matches(patterns, names, (*table.tags, *column.tags))


def _names(table: Table, catalog: Catalog, *, strict: bool = True) -> tuple[str, ...]:
    """What a pattern may call a table. What takes away finds it by its bare name in any schema."""
    is_home = table.schema is None or table.schema == catalog.default_schema
    return (table.full_name, table.name) if is_home or not strict else (table.full_name,)


def _of_column(tables: Iterable[str], column: Column) -> tuple[str, ...]:
    return tuple(f"{table}.{column.name}" for table in tables)


def _without_strangers(table: Table, shown: dict[str, set[str]]) -> Table:
    """Leave out keys of which a part is hidden."""
    own = shown[table.full_name]
    links = tuple(
        link
        for link in table.foreign_keys
        if own.issuperset(link.columns) and shown.get(link.other_table, set()).issuperset(link.other_columns)
    )
    return replace(
        table,
        primary_key=table.primary_key if own.issuperset(table.primary_key) else (),
        unique=tuple(key for key in table.unique if own.issuperset(key)),
        indexes=tuple(key for key in table.indexes if own.issuperset(key)),
        foreign_keys=links,
    )
