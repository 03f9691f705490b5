"""What came back from a target, and how a value looks in JSON."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from store.catalog import ColumnKind

# Above this a JavaScript number is no longer exact, so it goes out as text.
EXACT_INTEGER = 2**53


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column of a result."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one query. `truncated` says that a cap (rows or bytes) cut the rest off."""

    columns: tuple[RowColumn, ...]
    values: tuple[tuple[Any, ...], ...]
    truncated: bool = False
    ms: float = 0.0

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a query is cut or stopped. Each is a promise to the target's owner and to our own memory."""

    rows: int = 1_000
    bytes: int = 4_000_000
    seconds: float = 15.0


def as_json(value: Any) -> Any:
    """Give a value of a result as JSON can carry it.

    Numbers stay numbers, with the 15 digits that every JSON reader keeps; beyond 2^53 they go out as text.
    """
    match value:
        case None | bool() | str():
            return value
        case int() | float() | Decimal():
            return _number_as_json(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode()
        case dict():
            return {str(key): as_json(item) for key, item in value.items()}
        case Sequence() | set() | frozenset():
            return [as_json(item) for item in value]
    return str(value)


def _number_as_json(value: int | float | Decimal) -> int | float | str:
    """Keep a number a number, unless it is too large to be exact or is none."""
    if not math.isfinite(value):
        return str(value)
    if isinstance(value, float):
        return value
    if not -EXACT_INTEGER < value < EXACT_INTEGER:
        return str(value)
    return int(value) if value == int(value) else float(value)
