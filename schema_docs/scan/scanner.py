"""A target looked at: its catalog, samples of its columns, and the values people may name."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from schema_docs.notes.files import NotesFile
from schema_docs.notes.notes import NotesReport, read_notes
from schema_docs.scan.foreign_key_inference import guess_relations
from schema_docs.scan.profiler import Glance, glance_at, read_glance, write_glance
from schema_docs.scan.sampling import MOST_VALUES_IN_ALL
from schema_docs.serialization import MapBody
from store.catalog import Catalog, ForeignKey, Table
from store.maps.records import Place
from store.progress import Progress
from store.targets.target import ColumnProfile, Target, Traced, Traces

# Tables looked at side by side: while the target reads one, we describe another.
AT_ONCE = 3
# A tag in notes: of what has it, no row is sampled and no value is kept or shown to a model.
PRIVATE = "private"
# A process that is killed loses what it has looked at since it last noted it down.
_NOTED_EVERY = 50
# Raised when samples are taken in another way: then what an earlier survey found is not carried over.
_MANNER = 3


@dataclass(frozen=True)
class Findings:
    """What one look at a target brought. `problems` are sentences for people, without any row values.

    `carried` are hashes of the values, by `table.column`, that were not read again because their table has
    not changed; `traces` tells, by table, what to compare with next time.
    """

    catalog: Catalog
    notes: NotesReport
    profiles: Mapping[str, Mapping[str, ColumnProfile]]
    values: Mapping[Place, Sequence[str]]
    problems: tuple[str, ...]
    carried: Mapping[str, str] = field(default_factory=dict)
    traces: Mapping[str, str] = field(default_factory=dict)
    guesses: Mapping[str, tuple[ForeignKey, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Earlier:
    """What an earlier survey found, with the traces its tables had then."""

    body: MapBody
    traces: Mapping[str, str]


class Memo(Protocol):
    """Notes on an unfinished survey, for whoever takes it up again."""

    async def recall(self) -> Mapping[str, str]:
        """Give what was noted down, by table."""
        ...

    async def note(self, looks: Mapping[str, str]) -> None:
        """Note down what was seen of some tables."""
        ...


async def look_at(
    target: Target,
    files: Sequence[NotesFile],
    progress: Progress,
    earlier: Earlier | None = None,
    memo: Memo | None = None,
) -> Findings:
    """Read all of a target, but for tables that have not changed since the `earlier` look.

    A table that refuses is named among the problems, and the rest goes on. Raises `TargetUnavailable`.
    """
    # Before everything else: what changes meanwhile is then looked at again next time.
    told = await target.traces() if isinstance(target, Traced) else Traces()
    bare = await target.catalog()
    notes = read_notes(files, bare)
    catalog = notes.enrich(bare)
    traces = {
        table.full_name: f"{_MANNER} {trace} {_names(_public(table))}"
        for table in catalog
        if (trace := told.of(table.full_name))
    }
    same = {table.full_name for table in bare if earlier and _is_same(table, earlier, traces)}
    fresh = [_public(table) for table in catalog if table.full_name not in same]
    looks = await _look(target, fresh, progress, memo)
    seen = [(table.full_name, looks[table.full_name]) for table in bare if table.full_name in looks]
    broken = {name for name, look in seen if look.problems}
    problems = [problem for _, look in seen for problem in look.problems]
    values, left_out = _within_bounds(seen)
    profiles = {**_profiles_carried(earlier, same), **dict(_profiles(seen))}
    return Findings(
        catalog=catalog,
        notes=notes,
        profiles=profiles,
        values=values,
        problems=(*map(str, notes.problems), *problems, *left_out),
        carried=dict(_values_carried(bare, earlier, same)),
        traces={name: trace for name, trace in traces.items() if name not in broken},
        guesses=guess_relations(catalog, profiles, notes.refused),
    )


def _public(table: Table) -> Table:
    """Leave only the columns that may be looked into: a tag on a column, or on its table, forbids it."""
    if PRIVATE in table.tags:
        return replace(table, columns=())
    return replace(table, columns=tuple(each for each in table.columns if PRIVATE not in each.tags))


def _names(table: Table) -> str:
    return ",".join(column.name for column in table.columns)


def _within_bounds(
    seen: Sequence[tuple[str, Glance]], most: int = MOST_VALUES_IN_ALL
) -> tuple[dict[Place, Sequence[str]], list[str]]:
    """Take columns while there is room, the smallest first: they are asked about most. Tell of the rest."""
    found = [(Place(name, column), values) for name, look in seen for column, values in look.values.items()]
    kept: dict[Place, Sequence[str]] = {}
    left_out = []
    for place, values in sorted(found, key=lambda hit: len(hit[1])):
        most -= len(values)
        if most >= 0:
            kept[place] = values
        else:
            left_out.append(f"The values of {place.table}.{place.column} are not kept: there are too many.")
    return kept, left_out


def _is_same(table: Table, earlier: Earlier, traces: Mapping[str, str]) -> bool:
    """Tell whether neither rows nor columns of a table have changed, and it was well looked at before."""
    name = table.full_name
    before = earlier.body.catalog.table(name)
    return (
        before is not None
        and traces.get(name, "now") == earlier.traces.get(name, "then")
        and name in earlier.body.profiles
        and [(column.name, column.type) for column in table.columns]
        == [(column.name, column.type) for column in before.columns]
    )


async def _look(
    target: Target, tables: Sequence[Table], progress: Progress, memo: Memo | None
) -> dict[str, Glance]:
    """Look at some tables side by side; what was noted of them before is not looked at again."""
    noted = await memo.recall() if memo else {}
    looks = {table.full_name: read_glance(text) for table in tables if (text := noted.get(table.full_name))}
    left = iter([table for table in tables if table.full_name not in looks])
    progress("Looking at tables", len(looks), len(tables))
    notebook = _Notebook(memo)

    async def go_on() -> None:
        for table in left:
            look = looks[table.full_name] = await glance_at(target, table)
            await notebook.add(table.full_name, look)
            progress("Looking at tables", len(looks), len(tables))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(go_on())
    except ExceptionGroup as failed:
        # The others were stopped when the first one failed.
        raise failed.exceptions[0] from None
    return looks


class _Notebook:
    """Notes looks down, many at a time."""

    def __init__(self, memo: Memo | None) -> None:
        self._memo = memo
        self._unnoted: dict[str, str] = {}

    async def add(self, table: str, look: Glance) -> None:
        if self._memo is None:
            return
        self._unnoted[table] = write_glance(look)
        if len(self._unnoted) >= _NOTED_EVERY:
            some, self._unnoted = self._unnoted, {}
            await self._memo.note(some)


def _profiles(
    seen: Iterable[tuple[str, Glance]],
) -> Iterator[tuple[str, Mapping[str, ColumnProfile]]]:
    for name, look in seen:
        if look.profiles is not None:
            yield name, {profile.column: profile for profile in look.profiles}


def _profiles_carried(
    earlier: Earlier | None, same: Iterable[str]
) -> Mapping[str, Mapping[str, ColumnProfile]]:
    return {name: earlier.body.profiles[name] for name in same} if earlier else {}


def _values_carried(
    catalog: Catalog, earlier: Earlier | None, same: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Give the hashes of values that are kept as they are.

    The catalog is asked which they are: a name may have a dot in it.
    """
    kept = earlier.body.values if earlier else {}
    for name in same:
        table = catalog.table(name)
        for column in table.columns if table else ():
            place = f"{name}.{column.name}"
            if place in kept:
                yield place, kept[place]
