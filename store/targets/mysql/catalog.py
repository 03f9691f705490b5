"""Catalog reader for MySQL and MariaDB, based on `information_schema`."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pymysql.cursors import SSCursor

from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.mysql.type_mapping import kind_of_declaration

# The server only lists tables that the user has privileges on.
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
_FOREIGN_KEYS = """
    SELECT TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME
    FROM information_schema.KEY_COLUMN_USAGE
    WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_SCHEMA = DATABASE()
    ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION
"""
# MariaDB marks JSON columns by a check constraint.
_JSON = """
    SELECT TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
    WHERE CONSTRAINT_SCHEMA = DATABASE() AND CHECK_CLAUSE LIKE 'json_valid(%'
"""
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_Rows = Sequence[tuple[Any, ...]]


def read_catalog(cursor: SSCursor, *, is_mariadb: bool) -> Catalog:
    """Read all tables and views of the database that the user may read."""
    tables = _fetch(cursor, _TABLES)
    columns = _by_table(_fetch(cursor, _COLUMNS))
    indexes = _by_table(_fetch(cursor, _INDEXES))
    foreign_keys = _by_table(_fetch(cursor, _FOREIGN_KEYS))
    json_columns = (
        {(table, _checked_column(check)) for table, check in _fetch(cursor, _JSON)} if is_mariadb else set()
    )
    schema = tables[0][0] if tables else None
    return Catalog(
        "mysql",
        tuple(
            _table(row, columns[row[1]], indexes[row[1]], foreign_keys[row[1]], json_columns)
            for row in tables
        ),
        default_schema=schema,
    )


def quote(name: str) -> str:
    """Quote an identifier for MySQL."""
    return "`" + name.replace("`", "``") + "`"


def _fetch(cursor: SSCursor, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    return list(cursor.fetchall())


def _by_table(rows: _Rows) -> Mapping[str, list[tuple[Any, ...]]]:
    by_table: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        by_table[row[0]].append(row[1:])
    return by_table


def _checked_column(check: str) -> str:
    return check.partition("`")[2].partition("`")[0]


def _table(
    row: Sequence[Any],
    columns: _Rows,
    indexes: _Rows,
    foreign_keys: _Rows,
    json_columns: set[tuple[str, str]],
) -> Table:
    schema, name, is_view, comment, rows = row
    columns_by_index = _columns_by_index(indexes)
    unique = {index for index, not_unique, _ in indexes if not not_unique and index != "PRIMARY"}
    return Table(
        schema=schema,
        name=name,
        columns=tuple(_column(column, is_json=(name, column[0]) in json_columns) for column in columns),
        primary_key=columns_by_index.get("PRIMARY", ()),
        foreign_keys=tuple(_foreign_key(schema, parts) for parts in _parts_by_key(foreign_keys).values()),
        unique=tuple(
            names for index, names in columns_by_index.items() if index in unique and None not in names
        ),
        # The comment of a view is always "VIEW".
        comment=None if is_view else comment or None,
        row_estimate=None if rows is None else int(rows),
        is_view=bool(is_view),
        indexes=tuple(names for names in columns_by_index.values() if None not in names),
    )


def _column(row: Sequence[Any], *, is_json: bool) -> Column:
    name, type_name, nullable, comment, default, generated, _ = row
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


def _columns_by_index(indexes: _Rows) -> dict[str, tuple[Any, ...]]:
    columns: dict[str, tuple[Any, ...]] = {}
    for index, _, column in indexes:
        columns[index] = (*columns.get(index, ()), column)
    return columns


def _parts_by_key(foreign_keys: _Rows) -> dict[str, list[tuple[Any, ...]]]:
    parts: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for name, *part in foreign_keys:
        parts[name].append(tuple(part))
    return parts


def _foreign_key(schema: str, parts: _Rows) -> ForeignKey:
    return ForeignKey(
        tuple(column for _, column, _ in parts),
        f"{schema}.{parts[0][0]}",
        tuple(referenced_column for _, _, referenced_column in parts),
    )
