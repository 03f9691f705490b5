"""Puts the cases of a suite to the service and says of each whether it passed, and why not."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import urlsplit

from agent.guard.verdict import Rejected
from graph.evaluation.datasets import EvaluationUnusable
from graph.evaluation.harness import Bench, Database
from graph.evaluation.scoring import is_ordered, same_rows
from graph.evaluation.session import Reply
from graph.evaluation.suite import Case, Expected, Suite, SuiteTurn
from graph.ports import Maps
from store.catalog import Catalog
from store.errors import BadConnection, QueryFailed
from store.progress import Progress
from store.rows import as_json
from store.targets.registry import open_target
from store.targets.target import Target

Row = tuple[Any, ...]
ASKING = "Asking"


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection of the service, with its map."""

    maps: Maps
    target: Target


class Connects(Protocol):
    """Who opens a connection by its name; raises `NotFound`, `NotMapped`."""

    async def __call__(self, name: str) -> Connected:
        """Open it."""
        ...


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What came of one question. `why` says what was not as expected; it is None where all was."""

    turn: SuiteTurn
    reply: Reply
    why: str | None
    wanted: Sequence[Row] | None = None

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return self.why is None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case; `database` is a name that may be shown."""

    case: Case
    database: str
    turns: tuple[TurnResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every turn was as expected."""
        return all(turn.passed for turn in self.turns)


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What came of a suite."""

    suite: Suite
    cases: tuple[CaseResult, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return all(case.passed for case in self.cases)


@dataclass(frozen=True)
class SuiteRun:
    """Runs suites. Paths in them are seen from `folder`; `connects` opens what is named by a connection."""

    bench: Bench
    folder: Path
    connects: Connects

    async def run(self, suite: Suite, progress: Progress) -> SuiteResult:
        """Put all questions, one database after the other; give the cases in the order of the file.

        Raises `EvaluationUnusable`, `BadConnection`, `TargetUnavailable`, and as `connects`.
        """
        began, done = perf_counter(), 0
        results: dict[int, CaseResult] = {}
        for address in dict.fromkeys(case.database for case in suite.cases):
            async with self._opened(address) as database:
                for number, case in enumerate(suite.cases):
                    if case.database == address:
                        progress(ASKING, done, len(suite.cases))
                        results[number] = await self._hold(case, database)
                        done += 1
        progress(ASKING, done, len(suite.cases))
        cases = tuple(results[number] for number in range(len(suite.cases)))
        return SuiteResult(suite, cases, round(perf_counter() - began, 2))

    @asynccontextmanager
    async def _opened(self, address: str) -> AsyncIterator["_Opened"]:
        if (target := self._target(address)) is None:
            connected = await self.connects(address)
            database = self.bench.about(address, connected.maps, connected.target)
            yield _Opened(self.bench, database, connected.target, await _catalog(connected.maps, address))
            return
        async with self.bench.opened(shown(address), target) as database:
            yield _Opened(self.bench, database, target, await _catalog(database.maps, address))

    def _target(self, address: str) -> Target | None:
        """Open a URL or a file; None where it must be the name of a connection."""
        if "://" in address:
            return open_target(address)
        path = self.folder / address
        if path.is_file():
            return open_target(f"sqlite:///{path.absolute()}")
        if PurePosixPath(address).suffix or "/" in address:
            raise EvaluationUnusable(f"There is no file {address} to open as a SQLite database.")
        return None

    async def _hold(self, case: Case, opened: "_Opened") -> CaseResult:
        async with opened.database.interview() as interview:
            turns = [await opened.compare(turn, await interview.ask(turn.question)) for turn in case.turns]
        return CaseResult(case, opened.database.name, tuple(turns))


@dataclass(frozen=True)
class _Opened:
    """One database with all that comparing needs."""

    bench: Bench
    database: Database
    target: Target
    catalog: Catalog

    async def compare(self, turn: SuiteTurn, reply: Reply) -> TurnResult:
        expected = turn.expected
        if expected.outcome is not None:
            why = None if reply.outcome == expected.outcome else f"It ended with {reply.outcome}."
            return TurnResult(turn, reply, why)
        try:
            wanted = expected.rows if expected.rows is not None else await self._run(expected.sql or "")
        except _Unrunnable as unrunnable:
            return TurnResult(turn, reply, str(unrunnable))
        return TurnResult(turn, reply, self._difference(expected, wanted, reply), wanted)

    async def _run(self, sql: str) -> Sequence[Row]:
        """The rows of an expected query: it is judged and only reads, like any other."""
        verdict = await self.bench.judge(sql, self.catalog)
        if isinstance(verdict, Rejected):
            raise _Unrunnable(f"The expected query may not run: {verdict.reason}")
        try:
            rows = await self.target.run(verdict, self.bench.limits)
        except QueryFailed as failure:
            raise _Unrunnable(f"The expected query failed ({failure.kind}).") from failure
        return [tuple(as_json(value) for value in row) for row in rows.values]

    def _difference(self, expected: Expected, wanted: Sequence[Row], reply: Reply) -> str | None:
        if reply.rows is None:
            return f"It was not answered; it ended with {reply.outcome}."
        ordered = expected.ordered
        if ordered is None:
            ordered = bool(expected.sql) and is_ordered(expected.sql or "", self.catalog.dialect)
        if same_rows(reply.rows, wanted, ordered=ordered, more_columns=expected.more_columns):
            return None
        if len(reply.rows) != len(wanted):
            return f"It gave {len(reply.rows)} rows instead of {len(wanted)}."
        return "It gave other rows." if not ordered else "It gave other rows, or in another order."


class _Unrunnable(Exception):
    """An expected query cannot be run; `str()` is one sentence."""


def shown(address: str) -> str:
    """Name a database without what its address must not tell: no user, no password."""
    if "://" not in address:
        return address
    try:
        return PurePosixPath(urlsplit(address).path).name or "database"
    except ValueError as error:
        raise BadConnection("The address of a database cannot be read.") from error


async def _catalog(maps: Maps, name: str) -> Catalog:
    return (await maps.schema(name)).catalog
