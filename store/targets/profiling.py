"""Column profiling from a sample of rows: null share, range, frequent values, quantiles and text patterns."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from store.catalog import Column
from store.rows import Limits, as_json
from store.targets.target import ColumnProfile

# Sampling a table must be cheap for its server, however large the table is.
SAMPLE_LIMITS = Limits(rows=5_000, bytes=8_000_000, seconds=5.0)
# Reading the catalog of thousands of tables takes seconds, but is rare.
CATALOG_LIMITS = Limits(rows=1_000_000, bytes=1_000_000_000, seconds=60.0)
# All distinct values of one column, for value search. A column with more is free text or a key.
VALUE_LIMITS = Limits(rows=50_000, bytes=8_000_000, seconds=5.0)
# With fewer values, the range says enough.
_MIN_VALUES_FOR_QUANTILES = 20
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Longer texts are prose; no question quotes them.
MAX_VALUE_LENGTH = 200

# Share of the sampled texts that must match a pattern.
_MIN_MATCHING_SHARE = 0.95
# Fewer distinct texts are no evidence.
_MIN_TEXTS = 5
_PATTERNS = (
    ("E-mail addresses", re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}")),
    ("URLs", re.compile(r"(?:https?|ftp)://\S+|www\.\S+\.\S+", re.IGNORECASE)),
    ("UUIDs", re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)),
    ("Dates as text", re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d\d?[./]\d\d?[./]\d{2,4}")),
    ("Codes with letters and digits", re.compile(r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]+(?:[-_/.][A-Z0-9]+)*")),
)
_TWO_LETTERS, _THREE_LETTERS = re.compile(r"[A-Z]{2}"), re.compile(r"[A-Z]{3}")
# Enough of ISO 3166 to distinguish countries from states and currencies.
_ALPHA_2 = """
AE AR AT AU BE BG BR CA CH CL CN CO CZ DE DK EE EG ES FI FR GB GR HK HR HU ID IE IL IN IS IT JP KE KR LT LU LV
MA MX MY NG NL NO NZ PE PH PL PT RO RS RU SA SE SG SI SK TH TR TW UA US VN ZA
"""
_ALPHA_3 = """
ARE ARG AUT AUS BEL BRA CAN CHE CHL CHN COL CZE DEU DNK EGY ESP FIN FRA GBR GRC HUN IDN IND IRL ISR ITA JPN
KEN KOR MEX MYS NGA NLD NOR NZL PER PHL POL PRT ROU RUS SAU SGP SWE THA TUR TWN UKR USA VNM ZAF
"""
_COUNTRY_CODES = (
    (frozenset(_ALPHA_2.split()), _TWO_LETTERS),
    (frozenset(_ALPHA_3.split()), _THREE_LETTERS),
)
_MIN_COUNTRY_SHARE = 0.7


def detect_pattern(counts: Mapping[str, int]) -> str | None:
    """Name the format that the distinct texts share; None if they share none, or are too few."""
    if len(counts) < _MIN_TEXTS:
        return None
    texts = [text.strip() for text in counts]
    for countries, pattern in _COUNTRY_CODES:
        matching = sum(text in countries for text in texts)
        if _matching_share(texts, pattern) >= _MIN_MATCHING_SHARE and matching >= _MIN_COUNTRY_SHARE * len(
            texts
        ):
            return "ISO codes of countries"
    return next(
        (name for name, pattern in _PATTERNS if _matching_share(texts, pattern) >= _MIN_MATCHING_SHARE), None
    )


def _matching_share(texts: list[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.fullmatch(text) is not None for text in texts) / len(texts)


def sample_step(row_estimate: int | None) -> int:
    """Return N such that a sample of every Nth row spans the whole table within `SAMPLE_LIMITS`."""
    return max(1, -(-(row_estimate or 0) // SAMPLE_LIMITS.rows))


def profile_columns(
    columns: Sequence[Column], rows: Sequence[tuple[Any, ...]], max_values: int, *, complete: bool = False
) -> tuple[ColumnProfile, ...]:
    """Profile each column, with `max_values` frequent values; `complete` if `rows` is the whole table."""
    return tuple(
        _profile(column.name, [row[position] for row in rows], max_values, complete=complete)
        for position, column in enumerate(columns)
    )


def _profile(column: str, sample: Sequence[Any], max_values: int, *, complete: bool) -> ColumnProfile:
    non_null = [value for value in sample if value is not None]
    counts = Counter(as_text(value) for value in non_null)
    smallest, largest = _range(non_null)
    values = tuple(_most_frequent(counts, max_values))
    return ColumnProfile(
        column,
        null_share=1 - len(non_null) / len(sample) if sample else 0.0,
        distinct_count=len(counts),
        smallest=smallest,
        largest=largest,
        values=values,
        complete=complete and len(values) == len(counts),
        quantiles=_quantiles(non_null) if smallest is not None else (),
        pattern=detect_pattern(counts),
        non_null_count=len(non_null),
        singleton_count=sum(count == 1 for count in counts.values()),
    )


def _quantiles(non_null: Sequence[Any]) -> tuple[Any, ...]:
    if isinstance(non_null[0], str | bool) or len(non_null) < _MIN_VALUES_FOR_QUANTILES:
        return ()
    ordered = sorted(non_null)
    return tuple(ordered[int(quantile * (len(ordered) - 1))] for quantile in _QUANTILES)


def as_text(value: Any) -> str:
    """Format a value as a user would type it."""
    return str(as_json(value))


def _most_frequent(counts: Counter[str], limit: int) -> Iterable[str]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [value for value, _ in ranked if len(value) <= MAX_VALUE_LENGTH][:limit]


def _range(non_null: Sequence[Any]) -> tuple[Any, Any]:
    """Return minimum and maximum; (None, None) if the values are not comparable or too long to display."""
    if not non_null:
        return None, None
    try:
        bounds = min(non_null), max(non_null)
    except TypeError:
        return None, None
    if any(
        isinstance(bound, bytes | dict | list) or len(as_text(bound)) > MAX_VALUE_LENGTH for bound in bounds
    ):
        return None, None
    return bounds
