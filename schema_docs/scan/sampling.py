"""Selection and cleaning of column values: which are searchable, and in what form."""

import re
from collections.abc import Iterable, Sequence

from schema_docs.text.identifiers import split_identifier
from store.catalog import Column
from store.targets.target import ColumnProfile

# Limits of searchable values, per column and per connection. Columns with more hold free text or keys, which
# people rarely name.
MAX_VALUES_PER_COLUMN = 50_000
MAX_VALUES = 5_000_000
_MAX_VALUE_LENGTH = 200
_MAX_AVERAGE_LENGTH = 100
# Names have a few words; sentences are only quoted.
_MAX_AVERAGE_WORDS = 8

# Secrets must not become searchable.
_SECRET_NAMES = frozenset(
    ["password", "passwd", "pwd", "passphrase", "secret", "token", "salt", "hash", "cvv", "pin"]
)
_EMAIL = r"[^@\s]+@[^@\s]+\.\w+"
# Seven digits or more with separators, unless they are a date.
_PHONE = r"(?!\d{4}-\d\d-\d\d)(?=.*[ +()-])(?=(?:\D*\d){7})[\d +().-]+(?:\s?x\d+)?"
_PERSONAL = re.compile(f"{_EMAIL}|{_PHONE}")
_MACHINE_GENERATED = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24,}|https?://\S*", re.IGNORECASE
)


def is_sensitive(column: Column, profile: ColumnProfile | None) -> bool:
    """Return whether a column holds secrets or contact details: its values are neither stored nor shown."""
    if _SECRET_NAMES & set(split_identifier(column.name)):
        return True
    return profile is not None and _all_match(_PERSONAL, profile.values)


def estimate_distinct(profile: ColumnProfile, rows: int | None) -> int:
    """Estimate the number of distinct values of a column in a table of `rows` rows.

    Duj1 of Haas and Stokes 1998 ("Estimating the number of classes in a finite population", section 3), also
    used by PostgreSQL's ANALYZE: the more values occurred only once in the sample, the more were missed.
    """
    non_null_rows = round((rows or 0) * (1 - profile.null_share))
    if not 0 < profile.non_null_count < non_null_rows:
        return profile.distinct_count
    unseen = profile.singleton_count * (1 - profile.non_null_count / non_null_rows)
    return round(profile.non_null_count * profile.distinct_count / (profile.non_null_count - unseen))


def is_searchable(column: Column, profile: ColumnProfile | None) -> bool:
    """Return whether people may name this column's values: short texts, neither private nor generated."""
    if column.kind != "text" or is_sensitive(column, profile):
        return False
    values = profile.values if profile else ()
    return _are_short(values) and not _all_match(_MACHINE_GENERATED, values)


def clean_values(values: Iterable[str]) -> list[str]:
    """Drop values that cannot be stored or named.

    Nothing is left of a column of long, private or generated values.
    """
    cleaned = sorted({clean_text(value) for value in values if value.strip()})
    if not _are_short(cleaned) or _all_match(_MACHINE_GENERATED, cleaned) or _all_match(_PERSONAL, cleaned):
        return []
    return [value for value in cleaned if len(value) <= _MAX_VALUE_LENGTH]


def clean_text(text: str) -> str:
    """Remove what PostgreSQL cannot store: NUL characters and lone surrogates."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def _are_short(values: Sequence[str]) -> bool:
    """Return whether the values are names rather than sentences, on average."""
    letters = sum(map(len, values))
    words = sum(len(value.split()) for value in values)
    return letters <= _MAX_AVERAGE_LENGTH * len(values) and words <= _MAX_AVERAGE_WORDS * len(values)


def _all_match(pattern: re.Pattern[str], values: Sequence[str]) -> bool:
    return bool(values) and all(pattern.fullmatch(value) for value in values)
