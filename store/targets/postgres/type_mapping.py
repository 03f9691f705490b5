"""Values of PostgreSQL that Python has no type for come as text, and types as what they mean."""

from typing import Any

from psycopg import AsyncConnection, DataError
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types import datetime as dates

from store.catalog import ColumnKind

# By `pg_type.oid`, which is the same in every PostgreSQL.
_KINDS: dict[int, ColumnKind] = {
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
    """Say what a type means; a type of the target's own is `other`."""
    return _KINDS.get(oid, "other")


def register_loaders(connection: AsyncConnection) -> None:
    """Let infinite dates, years before Christ and the like come as text instead of failing the query."""
    for name, loader in _TOLERANT.items():
        connection.adapters.register_loader(name, loader)


def _tolerant(strict: type[Loader]) -> type[Loader]:
    """The same loader, giving text for what the driver has no value for."""

    class Tolerant(strict):  # type: ignore[valid-type,misc]  # a class known only now
        def load(self, data: Buffer) -> Any:
            try:
                return super().load(data)
            except (DataError, OverflowError):
                return bytes(data).decode()

    return Tolerant


_TOLERANT = {
    "date": _tolerant(dates.DateLoader),
    "time": _tolerant(dates.TimeLoader),
    "timetz": _tolerant(dates.TimetzLoader),
    "timestamp": _tolerant(dates.TimestampLoader),
    "timestamptz": _tolerant(dates.TimestamptzLoader),
    "interval": _tolerant(dates.IntervalLoader),
}
