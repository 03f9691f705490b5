"""Catalog reader for SQLite files: tables, columns, keys and unique constraints."""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from store.catalog import Catalog, Column, ColumnKind, ForeignKey, Table

# The first match counts. SQLite itself treats any type with INT in its name as an integer.
_BY_DECLARATION: tuple[tuple[str, ColumnKind], ...] = (
    ("BOOL", "boolean"),
    ("DATETIME", "timestamp"),
    ("TIMESTAMP", "timestamp"),
    ("DATE", "date"),
    ("TIME", "time"),
    ("JSON", "json"),
    ("INT", "integer"),
    ("CHAR", "text"),
    ("CLOB", "text"),
    ("TEXT", "text"),
    ("BLOB", "binary"),
    ("REAL", "number"),
    ("FLOA", "number"),
    ("DOUB", "number"),
    ("NUM", "number"),
    ("DEC", "number"),
    ("MONEY", "number"),
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


def kind_of_declaration(type_name: str) -> ColumnKind:
    """Return the kind of a declared type, by substring as SQLite does."""
    upper = type_name.upper()
    return next((kind for word, kind in _BY_DECLARATION if word in upper), "other")


def kind_of_values(values: Sequence[Any]) -> ColumnKind:
    """Return the kind that all non-NULL values share: SQLite results carry no types."""
    non_null = [value for value in values if value is not None]
    types = {type(value) for value in non_null}
    if types == {int}:
        return "integer"
    if types and types <= {int, float}:
        return "number"
    if types == {bytes}:
        return "binary"
    return _kind_of_texts(non_null) if types == {str} else "other"


def _kind_of_texts(texts: Sequence[str]) -> ColumnKind:
    if all(_DATE.fullmatch(text) for text in texts):
        return "date"
    if all(_TIMESTAMP.fullmatch(text) for text in texts):
        return "timestamp"
    return "text"


_TABLES = """
    SELECT name, type FROM pragma_table_list
    WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
    ORDER BY name
"""
# `hidden` is 1 for arguments of virtual tables; 2 and 3 for generated columns, which are readable.
_COLUMNS = """SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid"""
_KEYS = """SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq"""
_UNIQUE = """
    SELECT i.name, c.name FROM pragma_index_list(?) AS i, pragma_index_info(i.name) AS c
    WHERE i."unique" AND NOT i.partial AND i.origin <> 'pk' ORDER BY i.seq, c.seqno
"""
# Counting more rows takes too long; the highest rowid is close enough.
MAX_COUNTED_ROWS = 100_000


def read_catalog(session: sqlite3.Connection) -> Catalog:
    """Read all tables and views, except those that cannot be read, such as views over missing tables."""
    tables = {}
    for name, kind in session.execute(_TABLES).fetchall():
        table = _read_table(session, name, is_view=kind == "view")
        if table is not None:
            tables[name] = table
    tables_by_lower_name = {name.lower(): table for name, table in tables.items()}
    return Catalog(
        "sqlite", tuple(_with_keys(session, table, tables_by_lower_name) for table in tables.values())
    )


def quote(name: str) -> str:
    """Quote an identifier for SQLite."""
    return '"' + name.replace('"', '""') + '"'


def _read_table(session: sqlite3.Connection, name: str, *, is_view: bool) -> Table | None:
    try:
        columns = session.execute(_COLUMNS, (name,)).fetchall()
        row_estimate = None if is_view else _estimate_rows(session, name)
        session.execute(f"SELECT 1 FROM {quote(name)} LIMIT 0").fetchall()
    except sqlite3.Error:
        return None
    return Table(
        schema=None,
        name=name,
        columns=tuple(
            Column(column, type_name, kind_of_declaration(type_name), nullable=not (not_null or key))
            for column, type_name, not_null, key in columns
        ),
        primary_key=_primary_key(columns),
        row_estimate=row_estimate,
        is_view=is_view,
    )


def _primary_key(columns: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    return tuple(name for _, name in sorted((key, name) for name, _, _, key in columns if key))


def _estimate_rows(session: sqlite3.Connection, name: str) -> int | None:
    try:
        (highest,) = session.execute(f"SELECT max(rowid) FROM {quote(name)}").fetchone()
    except sqlite3.OperationalError:
        return None
    if isinstance(highest, int) and highest > MAX_COUNTED_ROWS:
        return highest
    return int(session.execute(f"SELECT count(*) FROM {quote(name)}").fetchone()[0])


def _with_keys(session: sqlite3.Connection, table: Table, tables_by_lower_name: Mapping[str, Table]) -> Table:
    if table.is_view:
        return table
    keys: dict[int, list[tuple[str, str, str | None]]] = {}
    for key_id, referenced, column, referenced_column in session.execute(_KEYS, (table.name,)).fetchall():
        keys.setdefault(key_id, []).append((referenced, column, referenced_column))
    unique: dict[str, list[str]] = {}
    for index, column in session.execute(_UNIQUE, (table.name,)).fetchall():
        unique.setdefault(index, []).append(column)
    foreign_keys = [_foreign_key(table, parts, tables_by_lower_name) for parts in keys.values()]
    return replace(
        table,
        foreign_keys=tuple(key for key in reversed(foreign_keys) if key),
        # An expression in an index has no column name.
        unique=tuple(tuple(columns) for columns in unique.values() if None not in columns),
    )


def _foreign_key(
    table: Table, parts: Sequence[tuple[str, str, str | None]], tables_by_lower_name: Mapping[str, Table]
) -> ForeignKey | None:
    referenced = tables_by_lower_name.get(parts[0][0].lower())
    if referenced is None:
        return None
    names = [part[2] for part in parts]
    # Without column names, a foreign key references the primary key.
    if None in names:
        referenced_columns = referenced.primary_key
    else:
        referenced_columns = tuple(_declared_name(referenced, name or "") for name in names)
    columns = tuple(_declared_name(table, part[1]) for part in parts)
    if len(columns) != len(referenced_columns):
        return None
    return ForeignKey(columns, referenced.full_name, referenced_columns)


def _declared_name(table: Table, name: str) -> str:
    """Return the declared spelling of a column: in keys, SQLite ignores the case of names."""
    return next((column.name for column in table.columns if column.name.lower() == name.lower()), name)
