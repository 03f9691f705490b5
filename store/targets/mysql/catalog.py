"""Catalog reader for MySQL and MariaDB, based on `information_schema`."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymysql import converters
from pymysql.constants import FIELD_TYPE, FLAG
from pymysql.cursors import SSCursor

from store.catalog import Catalog, Column, ColumnKind, ForeignKey, Table

_INTEGERS = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24)
_NUMBERS = (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE)
_KIND_BY_FIELD_TYPE: dict[int, ColumnKind] = {
    **dict.fromkeys((*_INTEGERS, FIELD_TYPE.YEAR, FIELD_TYPE.BIT), "integer"),
    **dict.fromkeys(_NUMBERS, "number"),
    FIELD_TYPE.DATE: "date",
    FIELD_TYPE.NEWDATE: "date",
    FIELD_TYPE.DATETIME: "timestamp",
    FIELD_TYPE.TIMESTAMP: "timestamp",
    FIELD_TYPE.TIME: "time",
    FIELD_TYPE.JSON: "json",
    FIELD_TYPE.GEOMETRY: "binary",
}
# By the first word of a declared type; all others are `other`.
_KIND_BY_DECLARATION: dict[str, ColumnKind] = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year", "bit"), "integer"),
    **dict.fromkeys(("decimal", "float", "double"), "number"),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"), "text"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), "binary"),
    "date": "date",
    "datetime": "timestamp",
    "timestamp": "timestamp",
    "time": "time",
    "json": "json",
    "uuid": "text",
    "inet4": "text",
    "inet6": "text",
}
# Number of the character set `binary`.
BINARY_CHARSET = 63


def kind_of_declaration(type_name: str) -> ColumnKind:
    """Return the kind of a declared type; `tinyint(1)` and `bit(1)` are booleans."""
    lowered = type_name.lower()
    if lowered.startswith(("tinyint(1)", "bit(1)")):
        return "boolean"
    return _KIND_BY_DECLARATION.get(lowered.partition("(")[0].partition(" ")[0], "other")


def kind_of_field(type_code: int, charset: int, flags: int) -> ColumnKind:
    """Return the kind of a result column."""
    kind = _KIND_BY_FIELD_TYPE.get(type_code)
    if kind is not None:
        return kind
    is_text = charset != BINARY_CHARSET or flags & (FLAG.ENUM | FLAG.SET)
    return "text" if is_text else "binary"


def conversions() -> dict[Any, Any]:
    """Return the driver's value conversions, with our own for some column types."""
    by_field_type = {
        FIELD_TYPE.TIMESTAMP: _parse_timestamp,
        FIELD_TYPE.TIME: _parse_time,
        FIELD_TYPE.JSON: _parse_json,
        FIELD_TYPE.BIT: _parse_bits,
    }
    return {**converters.conversions, **by_field_type}


def _parse_timestamp(text: str) -> Any:
    """Parse a TIMESTAMP, which arrives in UTC, the session's time zone; `0000-00-00` stays text."""
    timestamp = converters.convert_datetime(text)
    return timestamp.replace(tzinfo=UTC) if isinstance(timestamp, datetime) else timestamp


def _parse_time(text: str) -> Any:
    """Parse a TIME as a time of day if possible: the type ranges from -838 to 838 hours."""
    span = converters.convert_timedelta(text)
    is_time_of_day = isinstance(span, timedelta) and timedelta() <= span < timedelta(days=1)
    return (datetime.min + span).time() if is_time_of_day else span


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _parse_bits(data: bytes) -> int:
    return int.from_bytes(data, "big")


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
