"""Mapping of MySQL and MariaDB types to column kinds, and of their values to Python."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from pymysql import converters
from pymysql.constants import FIELD_TYPE, FLAG

from store.catalog import ColumnKind

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
