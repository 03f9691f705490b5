"""Values of MySQL and MariaDB as Python has them, and types as what they mean."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from pymysql import converters
from pymysql.constants import FIELD_TYPE, FLAG

from store.catalog import ColumnKind

_INTEGERS = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24)
_NUMBERS = (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE)
_KINDS: dict[int, ColumnKind] = {
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
# The first word of a declared type; what is not here is `other`.
_DECLARED: dict[str, ColumnKind] = {
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
# The number of the character set that says: these are bytes.
BINARY = 63


def kind_of_declaration(type_name: str) -> ColumnKind:
    """Say what a column of this declared type holds; one byte with room for one digit is yes or no."""
    lowered = type_name.lower()
    if lowered.startswith(("tinyint(1)", "bit(1)")):
        return "boolean"
    return _DECLARED.get(lowered.partition("(")[0].partition(" ")[0], "other")


def kind_of_field(type_code: int, charset: int, flags: int) -> ColumnKind:
    """Say what a column of a result holds, by what the server tells about it."""
    kind = _KINDS.get(type_code)
    if kind is not None:
        return kind
    is_text = charset != BINARY or flags & (FLAG.ENUM | FLAG.SET)
    return "text" if is_text else "binary"


def conversions() -> dict[Any, Any]:
    """How values are written, as the driver does it, and how each type is read from the server's text."""
    own = {
        FIELD_TYPE.TIMESTAMP: _moment,
        FIELD_TYPE.TIME: _time,
        FIELD_TYPE.JSON: _json,
        FIELD_TYPE.BIT: _bit,
    }
    return {**converters.conversions, **own}


def _moment(text: str) -> Any:
    """A TIMESTAMP is a moment, and comes in the zone that we asked for; `0000-00-00` stays text."""
    read = converters.convert_datetime(text)
    return read.replace(tzinfo=UTC) if isinstance(read, datetime) else read


def _time(text: str) -> Any:
    """A time of day, where it is one: the type holds up to 838 hours, before and after."""
    span = converters.convert_timedelta(text)
    within_a_day = isinstance(span, timedelta) and timedelta() <= span < timedelta(days=1)
    return (datetime.min + span).time() if within_a_day else span


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _bit(data: bytes) -> int:
    return int.from_bytes(data, "big")
