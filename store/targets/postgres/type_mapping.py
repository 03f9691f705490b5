"""Mapping of PostgreSQL types to column kinds; values that Python cannot represent become text."""

from typing import Any

from psycopg import AsyncConnection, DataError
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types import datetime as dates

from store.catalog import ColumnKind

# By `pg_type.oid`; the built-in types have the same oid on every server.
_KIND_BY_OID: dict[int, ColumnKind] = {
    16: "boolean",
    17: "binary",
    18: "text",
    19: "text",
    20: "integer",
    21: "integer",
    23: "integer",
    25: "text",
    26: "integer",
    114: "json",
    700: "number",
    701: "number",
    790: "number",
    1042: "text",
    1043: "text",
    1082: "date",
    1083: "time",
    1114: "timestamp",
    1184: "timestamp",
    1186: "interval",
    1266: "time",
    1700: "number",
    3802: "json",
}


def kind_of_oid(oid: int) -> ColumnKind:
    """Return the kind of a type; user-defined types are `other`."""
    return _KIND_BY_OID.get(oid, "other")


def register_loaders(connection: AsyncConnection) -> None:
    """Load infinite dates, years BC and the like as text instead of failing the query."""
    for name, lenient in _LENIENT_LOADERS.items():
        connection.adapters.register_loader(name, lenient)


def _lenient(loader: type[Loader]) -> type[Loader]:
    """Derive a loader that returns text for values that the driver cannot represent."""

    class LenientLoader(loader):  # type: ignore[valid-type,misc]  # a base class known only at run time
        def load(self, data: Buffer) -> Any:
            try:
                return super().load(data)
            except (DataError, OverflowError):
                return bytes(data).decode()

    return LenientLoader


_LENIENT_LOADERS = {
    "date": _lenient(dates.DateLoader),
    "time": _lenient(dates.TimeLoader),
    "timetz": _lenient(dates.TimetzLoader),
    "timestamp": _lenient(dates.TimestampLoader),
    "timestamptz": _lenient(dates.TimestamptzLoader),
    "interval": _lenient(dates.IntervalLoader),
}
