"""What the columns of a result are, seen as parts of a picture: times, measures, categories."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from store.rows import Rows, as_json

Role = Literal["time", "measure", "category", "code"]

YEARS = range(1800, 2201)
MOST_TEXT = 60

_WHEN = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:[T ][\d:.+Z-]+)?)?)?")
_YEAR = re.compile(r"(?:^|_)years?(?:$|_)|^(?:jahr|año|annee)$", re.IGNORECASE)
_KEY = re.compile(r"(?:^|_)(?:id|key|uuid|no|number|nr|code)$", re.IGNORECASE)
# A map would show these; a bar for each postcode shows nothing.
_PLACE = re.compile(
    r"zip|postal|postcode|^plz$|geohash|^lat(?:itude)?$|^lo?ng?(?:itude)?$|(?:country|state|region|area)_?code"
    r"|(?:^|_)iso_?\d?$|fips|(?:^|_)geo(?:_|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result. `distinct` counts its different values, `whole` tells that none is missing."""

    at: int
    name: str
    role: Role
    distinct: int
    whole: bool


def columns_of(rows: Rows) -> tuple[Column, ...]:
    """Say what each column is, by its name and by what stands in it."""
    return tuple(_column(at, column.name, rows) for at, column in enumerate(rows.columns))


def plotted(value: Any) -> Any:
    """A value as a picture's data carries it; long texts are cut."""
    if isinstance(value, Decimal):
        return float(value)
    shown = as_json(value)
    return shown if shown is None or isinstance(shown, int | float) else str(shown)[:MOST_TEXT]


def _column(at: int, name: str, rows: Rows) -> Column:
    values = [row[at] for row in rows.values]
    there = [value for value in values if value is not None]
    return Column(at, name, _role(name, there), len(set(map(str, there))), len(there) == len(values))


def _role(name: str, values: list[Any]) -> Role:
    if _PLACE.search(name):
        return "code"
    if values and all(_is_time(name, value) for value in values):
        return "time"
    if values and all(_is_number(value) for value in values) and not _KEY.search(name):
        return "measure"
    return "category"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_time(name: str, value: Any) -> bool:
    match value:
        case date() | datetime():
            return True
        case str():
            return _WHEN.fullmatch(value) is not None
        case bool():
            return False
        case int():
            return value in YEARS and _YEAR.search(name) is not None
    return False
