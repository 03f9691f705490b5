"""The catalog of a SQLite file."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.sqlite.type_mapping import kind_of_declaration

_TABLES = """
    SELECT name, type FROM pragma_table_list
    WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
    ORDER BY name
"""
# `hidden` 1 marks the arguments of virtual tables; 2 and 3 are generated columns, which can be read.
_COLUMNS = """SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid"""
_KEYS = """SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq"""
_UNIQUE = """
    SELECT i.name, c.name FROM pragma_index_list(?) AS i, pragma_index_info(i.name) AS c
    WHERE i."unique" AND NOT i.partial AND i.origin <> 'pk' ORDER BY i.seq, c.seqno
"""
# Above this a count would read for too long, and the highest row number is near enough.
COUNTED_ROWS = 100_000


def read_catalog(session: sqlite3.Connection) -> Catalog:
    """Read every table and view that can be read; a view over something lost is left out."""
    tables = {}
    for name, sort in session.execute(_TABLES).fetchall():
        table = _read_table(session, name, is_view=sort == "view")
        if table is not None:
            tables[name] = table
    by_folded = {name.lower(): table for name, table in tables.items()}
    return Catalog("sqlite", tuple(_with_keys(session, table, by_folded) for table in tables.values()))


def quote(name: str) -> str:
    """Write a name so that SQLite takes it for nothing else."""
    return '"' + name.replace('"', '""') + '"'


def _read_table(session: sqlite3.Connection, name: str, *, is_view: bool) -> Table | None:
    try:
        columns = session.execute(_COLUMNS, (name,)).fetchall()
        estimate = None if is_view else _estimate(session, name)
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
        primary_key=_in_order_of_key(columns),
        row_estimate=estimate,
        is_view=is_view,
    )


def _in_order_of_key(columns: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    return tuple(name for _, name in sorted((key, name) for name, _, _, key in columns if key))


def _estimate(session: sqlite3.Connection, name: str) -> int | None:
    try:
        (highest,) = session.execute(f"SELECT max(rowid) FROM {quote(name)}").fetchone()
    except sqlite3.OperationalError:
        return None
    if isinstance(highest, int) and highest > COUNTED_ROWS:
        return highest
    return int(session.execute(f"SELECT count(*) FROM {quote(name)}").fetchone()[0])


def _with_keys(session: sqlite3.Connection, table: Table, by_folded: Mapping[str, Table]) -> Table:
    if table.is_view:
        return table
    keys: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, other, column, other_column in session.execute(_KEYS, (table.name,)).fetchall():
        keys.setdefault(number, []).append((other, column, other_column))
    unique: dict[str, list[str]] = {}
    for index, column in session.execute(_UNIQUE, (table.name,)).fetchall():
        unique.setdefault(index, []).append(column)
    found = [_read_key(table, parts, by_folded) for parts in keys.values()]
    return replace(
        table,
        foreign_keys=tuple(key for key in reversed(found) if key),
        # An index over an expression has no column name there.
        unique=tuple(tuple(columns) for columns in unique.values() if None not in columns),
    )


def _read_key(
    table: Table, parts: Sequence[tuple[str, str, str | None]], by_folded: Mapping[str, Table]
) -> ForeignKey | None:
    other = by_folded.get(parts[0][0].lower())
    if other is None:
        return None
    named = [part[2] for part in parts]
    # Without names of columns, a key points at the other table's primary key.
    targets = other.primary_key if None in named else tuple(_as_declared(other, name or "") for name in named)
    columns = tuple(_as_declared(table, part[1]) for part in parts)
    return ForeignKey(columns, other.full_name, targets) if len(columns) == len(targets) else None


def _as_declared(table: Table, name: str) -> str:
    """SQLite does not mind the case of a name in a key; everybody after us does."""
    return next((column.name for column in table.columns if column.name.lower() == name.lower()), name)
