"""Table profiler: samples the columns of one table and reads values that people may name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from schema_docs.schema_map import serialize
from schema_docs.text.identifiers import split_identifier
from store.catalog import Column, Table
from store.errors import QueryFailed
from store.targets.target import ColumnProfile, Target

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


# Frequent values kept per column.
MAX_FREQUENT_VALUES = 20
# Distinct values requested with the sample: for a small table these are all, which saves a query per column.
_MAX_SAMPLED_VALUES = 1_000


@dataclass(frozen=True)
class TableProfile:
    """Profile of one table. `values`, by column, are searchable; `problems` are sentences for people.

    `profiles` is None if the table could not be sampled.
    """

    profiles: tuple[ColumnProfile, ...] | None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


_TABLE_PROFILE = TypeAdapter(TableProfile)


def serialize_profile(profile: TableProfile) -> str:
    """Serialize a profile as JSON, for a scan checkpoint."""
    return serialize(profile)


def parse_profile(text: str) -> TableProfile:
    """Parse a serialized profile. Dates and the like among profile values come back as text."""
    return _TABLE_PROFILE.validate_json(text)


async def profile_table(target: Target, table: Table) -> TableProfile:
    """Profile a bounded sample; what the target refuses becomes a problem. Raises `TargetUnavailable`."""
    if not table.columns:
        return TableProfile(())
    try:
        samples = await target.profile(table, _MAX_SAMPLED_VALUES)
    except QueryFailed as failure:
        return TableProfile(None, problems=(f"{table.full_name} could not be sampled ({failure.kind}).",))
    profiles = {profile.column: profile for profile in samples}
    values: dict[str, tuple[str, ...]] = {}
    problems = []
    for column in table.columns:
        profile = profiles.get(column.name)
        if not is_searchable(column, _truncate(profile)):
            continue
        try:
            cleaned = clean_values(await _read_values(target, table, column, profile))
        except QueryFailed as failure:
            problems.append(
                f"The values of {table.full_name}.{column.name} could not be read ({failure.kind})."
            )
            continue
        if cleaned:
            values[column.name] = tuple(cleaned)
    truncated = tuple(shortened for profile in samples if (shortened := _truncate(profile)))
    return TableProfile(truncated, values, tuple(problems))


async def _read_values(
    target: Target, table: Table, column: Column, profile: ColumnProfile | None
) -> Sequence[str]:
    if profile is not None and profile.complete:
        return profile.values
    return await target.distinct_values(table, column.name, MAX_VALUES_PER_COLUMN)


def _truncate(profile: ColumnProfile | None) -> ColumnProfile | None:
    """Keep only the most frequent values."""
    if profile is None or len(profile.values) <= MAX_FREQUENT_VALUES:
        return profile
    return replace(profile, values=profile.values[:MAX_FREQUENT_VALUES], complete=False)
