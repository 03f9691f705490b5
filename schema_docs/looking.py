"""A target looked at: its catalog, samples of its columns, and the values people may name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schema_docs.notes import NotesFile, NotesReport, read_notes
from schema_docs.sampling import MOST_VALUES, clean_values, is_worth_keeping
from store.catalog import Catalog, Table
from store.errors import QueryFailed
from store.map_records import Place
from store.progress import Progress
from store.targets.target import ColumnProfile, Target


@dataclass(frozen=True)
class Findings:
    """What one look at a target brought. `problems` are sentences for people, without any row values."""

    catalog: Catalog
    notes: NotesReport
    profiles: Mapping[str, Mapping[str, ColumnProfile]]
    values: Mapping[Place, Sequence[str]]
    problems: tuple[str, ...]


async def look_at(target: Target, files: Sequence[NotesFile], progress: Progress) -> Findings:
    """Read all of a target. A table that refuses is named among the problems, and the rest goes on.

    Raises `TargetUnavailable`.
    """
    bare = await target.catalog()
    notes = read_notes(files, bare)
    look = _Look(target)
    for done, table in enumerate(bare):
        progress("Looking at tables", done, len(bare.tables))
        await look.sample(table)
    progress("Looking at tables", len(bare.tables), len(bare.tables))
    problems = (*map(str, notes.problems), *look.problems)
    return Findings(notes.enrich(bare), notes, look.profiles, look.values, problems)


class _Look:
    """Gathers samples, table after table."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.profiles: dict[str, dict[str, ColumnProfile]] = {}
        self.values: dict[Place, Sequence[str]] = {}
        self.problems: list[str] = []

    async def sample(self, table: Table) -> None:
        try:
            found = await self._target.profile(table)
        except QueryFailed as failure:
            self.problems.append(f"{table.full_name} could not be sampled ({failure.kind}).")
            return
        profiles = {profile.column: profile for profile in found}
        self.profiles[table.full_name] = profiles
        for column in table.columns:
            if is_worth_keeping(column, profiles.get(column.name)):
                await self._read_values(table, column.name)

    async def _read_values(self, table: Table, column: str) -> None:
        try:
            values = clean_values(await self._target.distinct_values(table, column, MOST_VALUES))
        except QueryFailed as failure:
            self.problems.append(
                f"The values of {table.full_name}.{column} could not be read ({failure.kind})."
            )
            return
        if values:
            self.values[Place(table.full_name, column)] = values
