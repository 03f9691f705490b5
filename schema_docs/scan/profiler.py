"""One table looked at: samples of its columns, and the values that people may name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from schema_docs.scan.sampling import MOST_VALUES, clean_values, is_worth_keeping
from schema_docs.serialization import write_plain
from store.catalog import Column, Table
from store.errors import QueryFailed
from store.targets.target import ColumnProfile, Target

# Frequent values kept of a column.
MOST_FREQUENT = 20
# Asked for with the sample: of a small table these are all values, which spares one query for each column.
_MOST_SAMPLED = 1_000


@dataclass(frozen=True)
class Glance:
    """What a look at one table brought. `values`, by column, can be looked up; `problems` are for people.

    `profiles` is None where the table refused to be sampled.
    """

    profiles: tuple[ColumnProfile, ...] | None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


_GLANCE = TypeAdapter(Glance)


def write_glance(glance: Glance) -> str:
    """Write it down, to be read after this process is gone."""
    return write_plain(glance)


def read_glance(text: str) -> Glance:
    """Read it back. Dates and the like among a profile's values have become text."""
    return _GLANCE.validate_json(text)


async def glance_at(target: Target, table: Table) -> Glance:
    """Look at a bounded sample; what the target refuses is a problem. Raises `TargetUnavailable`."""
    if not table.columns:
        return Glance(())
    try:
        found = await target.profile(table, _MOST_SAMPLED)
    except QueryFailed as failure:
        return Glance(None, problems=(f"{table.full_name} could not be sampled ({failure.kind}).",))
    profiles = {profile.column: profile for profile in found}
    values: dict[str, tuple[str, ...]] = {}
    problems = []
    for column in table.columns:
        profile = profiles.get(column.name)
        if not is_worth_keeping(column, _shortened(profile)):
            continue
        try:
            named = clean_values(await _all_values(target, table, column, profile))
        except QueryFailed as failure:
            problems.append(
                f"The values of {table.full_name}.{column.name} could not be read ({failure.kind})."
            )
            continue
        if named:
            values[column.name] = tuple(named)
    kept = tuple(short for profile in found if (short := _shortened(profile)))
    return Glance(kept, values, tuple(problems))


async def _all_values(
    target: Target, table: Table, column: Column, profile: ColumnProfile | None
) -> Sequence[str]:
    if profile is not None and profile.complete:
        return profile.values
    return await target.distinct_values(table, column.name, MOST_VALUES)


def _shortened(profile: ColumnProfile | None) -> ColumnProfile | None:
    """Leave only the most frequent values."""
    if profile is None or len(profile.values) <= MOST_FREQUENT:
        return profile
    return replace(profile, values=profile.values[:MOST_FREQUENT], complete=False)
