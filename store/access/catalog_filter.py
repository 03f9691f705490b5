"""Catalog filter: restricts a catalog to the tables and columns that an access permits."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from store.access.roles import Access, Mask, RowRule
from store.catalog import Catalog, Column, Table

TAG = "tag:"


def any_matches(
    patterns: Iterable[str], names: Iterable[str], tags: Iterable[str], *, exact: bool = False
) -> bool:
    """Return whether any pattern matches one of the names or, as `tag:…`, one of the tags.

    A star matches any text, including dots. `exact` makes the comparison case-sensitive.
    """
    names, tags = tuple(names), tuple(tags)
    return any(_matches(pattern, names, tags, exact) for pattern in patterns)


def _matches(pattern: str, names: tuple[str, ...], tags: tuple[str, ...], exact: bool) -> bool:
    if pattern.startswith(TAG):
        pattern, names = pattern.removeprefix(TAG), tags
    compiled = _compile(pattern, exact)
    return any(compiled.fullmatch(name) for name in names)


@lru_cache(maxsize=4_096)
def _compile(pattern: str, exact: bool) -> re.Pattern[str]:
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.compile(".*".join(parts), re.DOTALL if exact else re.DOTALL | re.IGNORECASE)


def filter_catalog(catalog: Catalog, access: Access | None) -> Catalog:
    """Remove what the access does not permit, including keys and row counts. None permits everything."""
    if access is None:
        return catalog
    tables = [visible for table in catalog if (visible := _filter_table(table, catalog, access)) is not None]
    columns = {table.full_name: {column.name for column in table.columns} for table in tables}
    return replace(catalog, tables=tuple(_filter_keys(table, columns) for table in tables))


def may_show_values(catalog: Catalog, access: Access | None, table: Table, column: Column) -> bool:
    """Return whether stored values of a visible column may be shown outside of query results.

    Such values (samples, ranges, matches) come from rows that a rule may hide, so a row rule forbids them
    unless the role lists the column in `values`. A mask always forbids them.
    """
    if access is None:
        return True
    if mask_for(catalog, access, table, column) is not None:
        return False
    is_listed = _any_matches_column(access.role.values, table, column, catalog)
    return is_listed or not row_rules_for(catalog, access, table)


def row_rules_for(catalog: Catalog, access: Access, table: Table) -> tuple[RowRule, ...]:
    """Return the row rules that apply to a table; all of them must hold."""
    names = _table_names(table, catalog, strict=False)
    return tuple(rule for rule in access.role.rows if any_matches(rule.tables, names, table.tags))


def mask_for(catalog: Catalog, access: Access, table: Table, column: Column) -> Mask | None:
    """Return the first mask that applies to a column."""
    masks = (mask for mask in access.role.masks if _any_matches_column(mask.columns, table, column, catalog))
    return next(masks, None)


def matches_table(pattern: str, table: Table, catalog: Catalog) -> bool:
    """Return whether a pattern matches a table, by the lenient rules for restrictions."""
    return any_matches((pattern,), _table_names(table, catalog, strict=False), table.tags)


def matches_column(pattern: str, table: Table, column: Column, catalog: Catalog) -> bool:
    """Return whether a pattern matches a column, by the lenient rules for restrictions."""
    return _any_matches_column((pattern,), table, column, catalog)


def _filter_table(table: Table, catalog: Catalog, access: Access) -> Table | None:
    tables = access.role.tables
    is_allowed = any_matches(tables.allow, _table_names(table, catalog), table.tags, exact=True)
    if not is_allowed or any_matches(tables.hide, _table_names(table, catalog, strict=False), table.tags):
        return None
    columns = tuple(column for column in table.columns if _is_visible(table, column, catalog, access))
    if not columns and table.columns:
        return None
    if row_rules_for(catalog, access, table):
        # The estimate would reveal how many rows are hidden.
        table = replace(table, row_estimate=None)
    if len(columns) < len(table.columns):
        # The expression of a generated column may name hidden columns.
        columns = tuple(replace(column, default=None) if column.generated else column for column in columns)
    return replace(table, columns=columns)


def _is_visible(table: Table, column: Column, catalog: Catalog, access: Access) -> bool:
    columns = access.role.columns
    if _any_matches_column(columns.hide, table, column, catalog):
        return False
    names = _column_names(_table_names(table, catalog), column)
    return any_matches(columns.allow, names, (*table.tags, *column.tags), exact=True)


def _any_matches_column(patterns: tuple[str, ...], table: Table, column: Column, catalog: Catalog) -> bool:
    names = _column_names(_table_names(table, catalog, strict=False), column)
    return any_matches(patterns, names, (*table.tags, *column.tags))


def _table_names(table: Table, catalog: Catalog, *, strict: bool = True) -> tuple[str, ...]:
    """Return the names by which a pattern may refer to a table.

    A pattern that allows needs the schema, except for the default schema. A pattern that restricts (`strict`
    is False) also matches the bare name in any schema.
    """
    is_default = table.schema is None or table.schema == catalog.default_schema
    return (table.full_name, table.name) if is_default or not strict else (table.full_name,)


def _column_names(table_names: Iterable[str], column: Column) -> tuple[str, ...]:
    return tuple(f"{table}.{column.name}" for table in table_names)


def _filter_keys(table: Table, columns: dict[str, set[str]]) -> Table:
    """Remove keys and indexes with a hidden column."""
    own = columns[table.full_name]
    foreign_keys = tuple(
        key
        for key in table.foreign_keys
        if own.issuperset(key.columns)
        and columns.get(key.referenced_table, set()).issuperset(key.referenced_columns)
    )
    return replace(
        table,
        primary_key=table.primary_key if own.issuperset(table.primary_key) else (),
        unique=tuple(key for key in table.unique if own.issuperset(key)),
        indexes=tuple(index for index in table.indexes if own.issuperset(index)),
        foreign_keys=foreign_keys,
    )
