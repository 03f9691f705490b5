"""Database scanner: reads the catalog of a target, profiles its columns, and collects searchable values."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from schema_docs.notes.files import NotesFile
from schema_docs.notes.notes import NotesReport, read_notes
from schema_docs.scan.foreign_key_inference import infer_foreign_keys
from schema_docs.scan.profiler import (
    MAX_VALUES,
    TableProfile,
    parse_profile,
    profile_table,
    serialize_profile,
)
from schema_docs.schema_map import MapBody
from store.catalog import Catalog, ForeignKey, Table
from store.maps.records import SchemaElement
from store.progress import Progress
from store.targets.target import ChangeTokens, ColumnProfile, SupportsChangeTokens, Target

# Tables profiled concurrently: while the target reads one, another is processed here.
MAX_CONCURRENT_TABLES = 3
# Tag in notes: tables and columns with it are not sampled, and none of their values is stored or shown to a
# model.
WITHHELD_TAG = "no_share_values"
# A killed process loses at most this many profiles.
_CHECKPOINT_EVERY = 50
# Increment when sampling changes: then results of earlier scans are not reused.
_SCAN_VERSION = 3


@dataclass(frozen=True)
class ScanResult:
    """Result of scanning a target. `problems` are sentences for people, without any row values.

    `reused_hashes` are hashes of values, by `table.column`, that were not read again because their table has
    not changed; `change_tokens` are, by table, to be compared by the next scan.
    """

    catalog: Catalog
    notes: NotesReport
    profiles: Mapping[str, Mapping[str, ColumnProfile]]
    values: Mapping[SchemaElement, Sequence[str]]
    problems: tuple[str, ...]
    reused_hashes: Mapping[str, str] = field(default_factory=dict)
    change_tokens: Mapping[str, str] = field(default_factory=dict)
    inferred_keys: Mapping[str, tuple[ForeignKey, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class PreviousScan:
    """Results of the previous scan, with the change tokens its tables had then."""

    body: MapBody
    change_tokens: Mapping[str, str]


class ScanCheckpoint(Protocol):
    """Stored progress of an unfinished scan, for the process that resumes it."""

    async def load(self) -> Mapping[str, str]:
        """Return the stored profiles, by table."""
        ...

    async def save(self, profiles: Mapping[str, str]) -> None:
        """Store the profiles of some tables."""
        ...


async def scan(
    target: Target,
    files: Sequence[NotesFile],
    progress: Progress,
    previous: PreviousScan | None = None,
    checkpoint: ScanCheckpoint | None = None,
) -> ScanResult:
    """Scan a target, except for tables that have not changed since the `previous` scan.

    A table that cannot be read is reported as a problem; the scan continues. Raises `TargetUnavailable`.
    """
    # Read first: changes during the scan are then found by the next one.
    tokens = await target.change_tokens() if isinstance(target, SupportsChangeTokens) else ChangeTokens()
    declared = await target.catalog()
    notes = read_notes(files, declared)
    catalog = notes.apply_to(declared)
    current_tokens = dict(_tokens_to_compare(catalog, tokens))
    unchanged = {
        table.full_name for table in declared if previous and _is_unchanged(table, previous, current_tokens)
    }
    changed = [_without_withheld_columns(table) for table in catalog if table.full_name not in unchanged]
    scanned = await _profile_tables(target, changed, progress, checkpoint)
    table_profiles = [
        (table.full_name, scanned[table.full_name]) for table in declared if table.full_name in scanned
    ]
    incomplete = {name for name, profile in table_profiles if profile.problems}
    problems = [problem for _, profile in table_profiles for problem in profile.problems]
    values, omitted = _take_within_limit(table_profiles)
    profiles = {**_reuse_profiles(previous, unchanged), **dict(_iterate_profiles(table_profiles))}
    return ScanResult(
        catalog=catalog,
        notes=notes,
        profiles=profiles,
        values=values,
        problems=(*map(str, notes.problems), *problems, *omitted),
        reused_hashes=dict(_reuse_value_hashes(declared, previous, unchanged)),
        change_tokens={name: token for name, token in current_tokens.items() if name not in incomplete},
        inferred_keys=infer_foreign_keys(catalog, profiles, notes.rejected_keys),
    )


def _tokens_to_compare(catalog: Catalog, tokens: ChangeTokens) -> Iterator[tuple[str, str]]:
    """Yield change tokens by table; they differ too when sampling or the sampled columns have changed."""
    for table in catalog:
        if token := tokens.of(table.full_name):
            columns = ",".join(column.name for column in _without_withheld_columns(table).columns)
            yield table.full_name, f"{_SCAN_VERSION} {token} {columns}"


def _without_withheld_columns(table: Table) -> Table:
    """Drop columns that may not be sampled because they, or their table, have the tag."""
    if WITHHELD_TAG in table.tags:
        return replace(table, columns=())
    return replace(
        table, columns=tuple(column for column in table.columns if WITHHELD_TAG not in column.tags)
    )


def _take_within_limit(
    table_profiles: Sequence[tuple[str, TableProfile]], limit: int = MAX_VALUES
) -> tuple[dict[SchemaElement, Sequence[str]], list[str]]:
    """Take columns while they fit, the smallest first, as they are asked about most; report the rest."""
    columns = [
        (SchemaElement(name, column), values)
        for name, profile in table_profiles
        for column, values in profile.values.items()
    ]
    selected: dict[SchemaElement, Sequence[str]] = {}
    omitted = []
    for element, values in sorted(columns, key=lambda item: len(item[1])):
        limit -= len(values)
        if limit >= 0:
            selected[element] = values
        else:
            omitted.append(
                f"The values of {element.table}.{element.column} are not searchable: there are too many."
            )
    return selected, omitted


def _is_unchanged(table: Table, previous: PreviousScan, current_tokens: Mapping[str, str]) -> bool:
    """Return whether rows and columns of a table are as in the previous scan, and it was profiled then."""
    name = table.full_name
    old = previous.body.catalog.table(name)
    return (
        old is not None
        and current_tokens.get(name, "now") == previous.change_tokens.get(name, "then")
        and name in previous.body.profiles
        and [(column.name, column.type) for column in table.columns]
        == [(column.name, column.type) for column in old.columns]
    )


async def _profile_tables(
    target: Target, tables: Sequence[Table], progress: Progress, checkpoint: ScanCheckpoint | None
) -> dict[str, TableProfile]:
    """Profile some tables concurrently, except for those in the checkpoint."""
    saved = await checkpoint.load() if checkpoint else {}
    profiles = {
        table.full_name: parse_profile(text) for table in tables if (text := saved.get(table.full_name))
    }
    remaining = iter([table for table in tables if table.full_name not in profiles])
    progress("Profiling tables", len(profiles), len(tables))
    writer = _CheckpointWriter(checkpoint)

    async def work() -> None:
        for table in remaining:
            profile = profiles[table.full_name] = await profile_table(target, table)
            await writer.add(table.full_name, profile)
            progress("Profiling tables", len(profiles), len(tables))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(MAX_CONCURRENT_TABLES):
                group.create_task(work())
    except ExceptionGroup as failed:
        # The group cancelled the other tasks when the first one failed.
        raise failed.exceptions[0] from None
    return profiles


class _CheckpointWriter:
    """Writes profiles to the checkpoint in batches."""

    def __init__(self, checkpoint: ScanCheckpoint | None) -> None:
        self._checkpoint = checkpoint
        self._pending: dict[str, str] = {}

    async def add(self, table: str, profile: TableProfile) -> None:
        if self._checkpoint is None:
            return
        self._pending[table] = serialize_profile(profile)
        if len(self._pending) >= _CHECKPOINT_EVERY:
            batch, self._pending = self._pending, {}
            await self._checkpoint.save(batch)


def _iterate_profiles(
    table_profiles: Iterable[tuple[str, TableProfile]],
) -> Iterator[tuple[str, Mapping[str, ColumnProfile]]]:
    for name, entry in table_profiles:
        if entry.profiles is not None:
            yield name, {entry.column: entry for entry in entry.profiles}


def _reuse_profiles(
    previous: PreviousScan | None, unchanged: Iterable[str]
) -> Mapping[str, Mapping[str, ColumnProfile]]:
    return {name: previous.body.profiles[name] for name in unchanged} if previous else {}


def _reuse_value_hashes(
    catalog: Catalog, previous: PreviousScan | None, unchanged: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Yield the hashes of stored values that stay valid.

    Names come from the catalog: a name may contain a dot.
    """
    hashes = previous.body.values if previous else {}
    for name in unchanged:
        table = catalog.table(name)
        for column in table.columns if table else ():
            key = f"{name}.{column.name}"
            if key in hashes:
                yield key, hashes[key]
