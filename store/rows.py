"""Query results of target databases, and their JSON representation."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from store.catalog import ColumnKind

# Number.MAX_SAFE_INTEGER + 1 of JavaScript: larger integers are not exact there and are sent as text.
MAX_SAFE_INTEGER = 2**53


@dataclass(frozen=True, slots=True)
class RowColumn:
    """Name and kind of one result column."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class Rows:
    """Result rows of one query; `truncated` if a limit (rows or bytes) cut them off."""

    columns: tuple[RowColumn, ...]
    values: tuple[tuple[Any, ...], ...]
    truncated: bool = False
    ms: float = 0.0

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one query. They protect the target from load and this process from running out of memory."""

    rows: int = 1_000
    bytes: int = 4_000_000
    seconds: float = 15.0


def as_json(value: Any) -> Any:
    """Convert a result value to a JSON value.

    Numbers stay numbers, as doubles (15 significant digits); beyond 2^53 they are converted to text.
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
    """Convert to a JSON number, or to text if it is not finite or too large for an exact double."""
    if not math.isfinite(value):
        return str(value)
    if isinstance(value, float):
        return value
    if not -MAX_SAFE_INTEGER < value < MAX_SAFE_INTEGER:
        return str(value)
    return int(value) if value == int(value) else float(value)
