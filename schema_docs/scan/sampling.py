"""Which columns' values are kept to be looked up, and in what form."""

import re
from collections.abc import Iterable, Sequence

from schema_docs.text.tokenize import split_name
from store.catalog import Column
from store.targets.target import ColumnProfile

# Values kept of one column, and of all columns of a connection. A column with more is free text or a key, and
# people rarely name those.
MOST_VALUES = 50_000
MOST_VALUES_IN_ALL = 5_000_000
_LONGEST_VALUE = 200
_LONGEST_AVERAGE = 100
# People name things in a few words; sentences they only quote.
_MOST_WORDS = 8

# Nobody should find a secret by asking around.
_SECRET_NAMES = frozenset(
    ["password", "passwd", "pwd", "passphrase", "secret", "token", "salt", "hash", "cvv", "pin"]
)
_EMAIL = r"[^@\s]+@[^@\s]+\.\w+"
# Seven digits or more with signs between them, unless they are a date.
_PHONE = r"(?!\d{4}-\d\d-\d\d)(?=.*[ +()-])(?=(?:\D*\d){7})[\d +().-]+(?:\s?x\d+)?"
_PERSONAL = re.compile(f"{_EMAIL}|{_PHONE}")
_MACHINE_MADE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24,}|https?://\S*", re.IGNORECASE
)


def is_private(column: Column, profile: ColumnProfile | None) -> bool:
    """Tell whether it holds secrets or ways to reach a person: its values are neither kept nor shown."""
    if _SECRET_NAMES & set(split_name(column.name)):
        return True
    return profile is not None and _all_match(_PERSONAL, profile.values)


def likely_distinct(profile: ColumnProfile, rows: int | None) -> int:
    """Estimate how many different values a column has in a table of so many rows.

    Duj1 of Haas and Stokes 1998 ("Estimating the number of classes in a finite population", section 3), which
    PostgreSQL's ANALYZE takes too: the more of the values were seen only once, the more were not seen.
    """
    filled = round((rows or 0) * (1 - profile.null_share))
    if not 0 < profile.filled < filled:
        return profile.distinct
    unseen = profile.once * (1 - profile.filled / filled)
    return round(profile.filled * profile.distinct / (profile.filled - unseen))


def is_worth_keeping(column: Column, profile: ColumnProfile | None) -> bool:
    """Tell whether people may name this column's values: short texts, not private, not made by a machine."""
    if column.kind != "text" or is_private(column, profile):
        return False
    values = profile.values if profile else ()
    return _are_short(values) and not _all_match(_MACHINE_MADE, values)


def clean_values(values: Iterable[str]) -> list[str]:
    """Leave out what cannot be kept or named; of a column of long, private or odd values nothing is left."""
    kept = sorted({clean(value) for value in values if value.strip()})
    if not _are_short(kept) or _all_match(_MACHINE_MADE, kept) or _all_match(_PERSONAL, kept):
        return []
    return [value for value in kept if len(value) <= _LONGEST_VALUE]


def clean(text: str) -> str:
    """Take out what PostgreSQL cannot keep: zero characters, and halves of characters."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def _are_short(values: Sequence[str]) -> bool:
    """Tell whether the values are names and not sentences, on average."""
    letters = sum(map(len, values))
    words = sum(len(value.split()) for value in values)
    return letters <= _LONGEST_AVERAGE * len(values) and words <= _MOST_WORDS * len(values)


def _all_match(pattern: re.Pattern[str], values: Sequence[str]) -> bool:
    return bool(values) and all(pattern.fullmatch(value) for value in values)
