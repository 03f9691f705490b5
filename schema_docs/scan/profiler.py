"""Table profiler: samples the columns of one table and reads values that people may name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from schema_docs.scan.sampling import MAX_VALUES_PER_COLUMN, clean_values, is_searchable
from schema_docs.serialization import serialize
from store.catalog import Column, Table
from store.errors import QueryFailed
from store.targets.target import ColumnProfile, Target

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
