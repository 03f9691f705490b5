"""Column roles for charting: classifies result columns as time, measure, category or code."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from store.rows import Rows, as_json

Role = Literal["time", "measure", "category", "code"]

YEARS = range(1800, 2201)
MAX_TEXT = 60

_ISO_TIME = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:[T ][\d:.+Z-]+)?)?)?")
_YEAR_NAME = re.compile(r"(?:^|_)years?(?:$|_)|^(?:jahr|año|annee)$", re.IGNORECASE)
_KEY_NAME = re.compile(r"(?:^|_)(?:id|key|uuid|no|number|nr|code)$", re.IGNORECASE)
# Geographic codes belong on a map; a bar chart of postcodes is meaningless.
_PLACE_NAME = re.compile(
    r"zip|postal|postcode|^plz$|geohash|^lat(?:itude)?$|^lo?ng?(?:itude)?$|(?:country|state|region|area)_?code"
    r"|(?:^|_)iso_?\d?$|fips|(?:^|_)geo(?:_|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result: its role, the number of distinct values, and whether it has no NULL."""

    index: int
    name: str
    role: Role
    distinct: int
    complete: bool


def classify_columns(rows: Rows) -> tuple[ResultColumn, ...]:
    """Classify each column by its name and its values."""
    return tuple(_classify(index, column.name, rows) for index, column in enumerate(rows.columns))


def chart_value(value: Any) -> Any:
    """Convert a value for the chart's data; texts are cut to `MAX_TEXT` characters."""
    if isinstance(value, Decimal):
        return float(value)
    encoded = as_json(value)
    return encoded if encoded is None or isinstance(encoded, int | float) else str(encoded)[:MAX_TEXT]


def _classify(index: int, name: str, rows: Rows) -> ResultColumn:
    cells = [row[index] for row in rows.values]
    values = [value for value in cells if value is not None]
    distinct = len(set(map(str, values)))
    return ResultColumn(index, name, _role(name, values), distinct, len(values) == len(cells))


def _role(name: str, values: list[Any]) -> Role:
    if _PLACE_NAME.search(name):
        return "code"
    if values and all(_is_time(name, value) for value in values):
        return "time"
    if values and all(_is_number(value) for value in values) and not _KEY_NAME.search(name):
        return "measure"
    return "category"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_time(name: str, value: Any) -> bool:
    match value:
        case date() | datetime():
            return True
        case str():
            return _ISO_TIME.fullmatch(value) is not None
        case bool():
            return False
        case int():
            return value in YEARS and _YEAR_NAME.search(name) is not None
    return False
