"""What a sample of rows says about its columns, for every kind of target."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from store.catalog import Column
from store.rows import Limits, as_json
from store.targets.target import ColumnProfile

# Of the texts looked at, so many must be alike.
_LEAST = 0.95
# Fewer prove nothing.
_FEWEST = 5
_PATTERNS = (
    ("E-mail addresses", re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}")),
    ("URLs", re.compile(r"(?:https?|ftp)://\S+|www\.\S+\.\S+", re.IGNORECASE)),
    ("UUIDs", re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)),
    ("Dates as text", re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d\d?[./]\d\d?[./]\d{2,4}")),
    ("Codes with letters and digits", re.compile(r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]+(?:[-_/.][A-Z0-9]+)*")),
)
_TWO, _THREE = re.compile(r"[A-Z]{2}"), re.compile(r"[A-Z]{3}")
# Enough of ISO 3166 to know a column of countries from one of states or currencies.
_TWO_LETTERS = """
AE AR AT AU BE BG BR CA CH CL CN CO CZ DE DK EE EG ES FI FR GB GR HK HR HU ID IE IL IN IS IT JP KE KR LT LU LV
MA MX MY NG NL NO NZ PE PH PL PT RO RS RU SA SE SG SI SK TH TR TW UA US VN ZA
"""
_THREE_LETTERS = """
ARE ARG AUT AUS BEL BRA CAN CHE CHL CHN COL CZE DEU DNK EGY ESP FIN FRA GBR GRC HUN IDN IND IRL ISR ITA JPN
KEN KOR MEX MYS NGA NLD NOR NZL PER PHL POL PRT ROU RUS SAU SGP SWE THA TUR TWN UKR USA VNM ZAF
"""
_COUNTRIES = ((frozenset(_TWO_LETTERS.split()), _TWO), (frozenset(_THREE_LETTERS.split()), _THREE))


def pattern_of(counts: Mapping[str, int]) -> str | None:
    """Name what distinct texts have in common; None where they have nothing, or are too few to tell."""
    if len(counts) < _FEWEST:
        return None
    texts = [text.strip() for text in counts]
    for known, form in _COUNTRIES:
        if _share(texts, form) >= _LEAST and sum(text in known for text in texts) >= 0.7 * len(texts):
            return "ISO codes of countries"
    return next((name for name, form in _PATTERNS if _share(texts, form) >= _LEAST), None)


def _share(texts: list[str], form: re.Pattern[str]) -> float:
    return sum(form.fullmatch(text) is not None for text in texts) / len(texts)


# A look at a table must be cheap for its owner, however large the table is.
SAMPLE = Limits(rows=5_000, bytes=8_000_000, seconds=5.0)
# Reading all names of thousands of tables takes seconds, and is done once in a while.
CATALOG = Limits(rows=1_000_000, bytes=1_000_000_000, seconds=60.0)
# All values of one column, to be looked up. One with more is free text or a key.
VALUES = Limits(rows=50_000, bytes=8_000_000, seconds=5.0)
# Of a handful of values, ranges tell all there is to tell.
_LEAST_FOR_QUANTILES = 20
_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
# A longer text is prose, and no value that a question would name.
LONGEST_VALUE = 200


def every_nth(row_estimate: int | None) -> int:
    """Say how far it is from one row to the next that is looked at, so that a sample spans the table."""
    return max(1, -(-(row_estimate or 0) // SAMPLE.rows))


def profile_columns(
    columns: Sequence[Column], rows: Sequence[tuple[Any, ...]], most: int, *, whole: bool = False
) -> tuple[ColumnProfile, ...]:
    """Describe each column by its share of nulls, its range and its `most` frequent values.

    `whole` tells that these are all rows of the table.
    """
    return tuple(
        _profile(column.name, [row[position] for row in rows], most, whole=whole)
        for position, column in enumerate(columns)
    )


def _profile(column: str, sampled: Sequence[Any], most: int, *, whole: bool) -> ColumnProfile:
    present = [value for value in sampled if value is not None]
    counts = Counter(as_text(value) for value in present)
    smallest, largest = _range(present)
    values = tuple(_most_frequent(counts, most))
    return ColumnProfile(
        column,
        null_share=1 - len(present) / len(sampled) if sampled else 0.0,
        distinct=len(counts),
        smallest=smallest,
        largest=largest,
        values=values,
        complete=whole and len(values) == len(counts),
        quantiles=_quantiles(present) if smallest is not None else (),
        pattern=pattern_of(counts),
        filled=len(present),
        once=sum(count == 1 for count in counts.values()),
    )


def _quantiles(present: Sequence[Any]) -> tuple[Any, ...]:
    if isinstance(present[0], str | bool) or len(present) < _LEAST_FOR_QUANTILES:
        return ()
    ordered = sorted(present)
    return tuple(ordered[int(share * (len(ordered) - 1))] for share in _SHARES)


def as_text(value: Any) -> str:
    """Spell a value as a person would."""
    return str(as_json(value))


def _most_frequent(counts: Counter[str], most: int) -> Iterable[str]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [value for value, _ in ranked if len(value) <= LONGEST_VALUE][:most]


def _range(present: Sequence[Any]) -> tuple[Any, Any]:
    """Give the smallest and the largest; nothing where values cannot be compared or are too long to show."""
    if not present:
        return None, None
    try:
        ends = min(present), max(present)
    except TypeError:
        return None, None
    if any(isinstance(end, bytes | dict | list) or len(as_text(end)) > LONGEST_VALUE for end in ends):
        return None, None
    return ends
