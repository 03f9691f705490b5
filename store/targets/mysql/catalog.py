"""The catalog of a MySQL or MariaDB database, in four questions to it."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pymysql.cursors import SSCursor

from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.mysql.type_mapping import kind_of_declaration

# The server shows a user only what the user may read of.
_TABLES = """
    SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE LIKE '%VIEW', TABLE_COMMENT, TABLE_ROWS
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE <> 'SEQUENCE'
    ORDER BY TABLE_NAME
"""
_COLUMNS = """
    SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_COMMENT, COLUMN_DEFAULT,
        GENERATION_EXPRESSION, COLUMN_KEY
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION
"""
_INDEXES = """
    SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
    ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
"""
_FOREIGN = """
    SELECT TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME
    FROM information_schema.KEY_COLUMN_USAGE
    WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE()
    ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION
"""
# MariaDB says by a check that a text is JSON.
_JSON = """
    SELECT TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
    WHERE CONSTRAINT_SCHEMA = DATABASE() AND CHECK_CLAUSE LIKE 'json_valid(%'
"""
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_Rows = Sequence[tuple[Any, ...]]


def read_catalog(cursor: SSCursor, *, is_mariadb: bool) -> Catalog:
    """Read every table and view of the database that this user may read from."""
    tables = _fetch(cursor, _TABLES)
    columns = _by_table(_fetch(cursor, _COLUMNS))
    indexes = _by_table(_fetch(cursor, _INDEXES))
    foreign = _by_table(_fetch(cursor, _FOREIGN))
    json = {(table, _column_in(check)) for table, check in _fetch(cursor, _JSON)} if is_mariadb else set()
    home = tables[0][0] if tables else None
    read = (_table(row, columns[row[1]], indexes[row[1]], foreign[row[1]], json) for row in tables)
    return Catalog("mysql", tuple(read), default_schema=home)


def quote(name: str) -> str:
    """Write a name so that MySQL takes it for nothing else."""
    return "`" + name.replace("`", "``") + "`"


def _fetch(cursor: SSCursor, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    return list(cursor.fetchall())


def _by_table(rows: _Rows) -> Mapping[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found


def _column_in(check: str) -> str:
    return check.partition("`")[2].partition("`")[0]


def _table(
    row: Sequence[Any], columns: _Rows, indexes: _Rows, foreign: _Rows, json: set[tuple[str, str]]
) -> Table:
    schema, name, is_view, comment, rows = row
    grouped = _grouped(indexes, 2)
    unique = {index for index, not_unique, _ in indexes if not not_unique and index != "PRIMARY"}
    return Table(
        schema=schema,
        name=name,
        columns=tuple(_column(told, is_json=(name, told[0]) in json) for told in columns),
        primary_key=grouped.get("PRIMARY", ()),
        foreign_keys=tuple(_key(schema, parts) for parts in _parts(foreign).values()),
        unique=tuple(names for index, names in grouped.items() if index in unique and None not in names),
        # Of a view the server says in the comment that it is one.
        comment=None if is_view else comment or None,
        row_estimate=None if rows is None else int(rows),
        is_view=bool(is_view),
        indexes=tuple(names for names in grouped.values() if None not in names),
    )


def _column(told: Sequence[Any], *, is_json: bool) -> Column:
    name, type_name, nullable, comment, default, generated, _ = told
    labels = tuple(label.replace("''", "'") for label in _LABEL.findall(type_name))
    return Column(
        name,
        type_name,
        "json" if is_json else kind_of_declaration(type_name),
        nullable == "YES",
        comment or None,
        default=generated or (None if default in (None, "NULL") else str(default)),
        generated=bool(generated),
        labels=labels if type_name.lower().startswith(("enum(", "set(")) else (),
    )


def _grouped(indexes: _Rows, place: int) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for row in indexes:
        found[row[0]] = (*found.get(row[0], ()), row[place])
    return found


def _parts(foreign: _Rows) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for name, *rest in foreign:
        found[name].append(tuple(rest))
    return found


def _key(schema: str, parts: _Rows) -> ForeignKey:
    return ForeignKey(
        tuple(column for _, column, _ in parts),
        f"{schema}.{parts[0][0]}",
        tuple(other for _, _, other in parts),
    )
