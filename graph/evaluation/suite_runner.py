"""Suite runner: run the cases of an evaluation suite and report why each failed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import urlsplit

from agent.guard.verdict import Rejected
from agent.results.comparison import is_ordered, same_rows
from graph.evaluation.datasets import InvalidEvaluationInput
from graph.evaluation.harness import EvaluationDatabase, Harness
from graph.evaluation.session import Reply
from graph.evaluation.suite import ExpectedResult, Suite, SuiteCase, SuiteTurn
from graph.ports import SchemaSource
from store.catalog import Catalog
from store.errors import InvalidConnection, QueryFailed
from store.progress import Progress
from store.rows import as_json
from store.targets.registry import open_target
from store.targets.target import Target

Row = tuple[Any, ...]
PROGRESS_LABEL = "Asking"


@dataclass(frozen=True, slots=True)
class ConnectedTarget:
    """Open target of a stored connection, with its schema map."""

    maps: SchemaSource
    target: Target


class ConnectionOpener(Protocol):
    """Opener of stored connections by name; raises `NotFound`, `NotMapped`."""

    async def __call__(self, name: str) -> ConnectedTarget:
        """Open the connection."""
        ...


@dataclass(frozen=True, slots=True)
class TurnResult:
    """Result of one question. `failure` tells what differed; it is None if the turn passed."""

    turn: SuiteTurn
    reply: Reply
    failure: str | None
    expected_rows: Sequence[Row] | None = None

    @property
    def passed(self) -> bool:
        """Whether the result was as expected."""
        return self.failure is None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """Result of one case; `database` is a display name without credentials."""

    case: SuiteCase
    database: str
    turns: tuple[TurnResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every turn passed."""
        return all(turn.passed for turn in self.turns)


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """Result of a suite."""

    suite: Suite
    cases: tuple[CaseResult, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return all(case.passed for case in self.cases)


@dataclass(frozen=True)
class SuiteRunner:
    """Suite runner. Relative paths start at `folder`; `open_connection` opens stored connections."""

    harness: Harness
    folder: Path
    open_connection: ConnectionOpener

    async def run(self, suite: Suite, progress: Progress) -> SuiteResult:
        """Ask all questions, one database after the other; return the cases in the order of the file.

        Raises `InvalidEvaluationInput`, `BadConnection`, `TargetUnavailable`, and as `open_connection`.
        """
        started, done = perf_counter(), 0
        results: dict[int, CaseResult] = {}
        for address in dict.fromkeys(case.database for case in suite.cases):
            async with self._opened(address) as database:
                for number, case in enumerate(suite.cases):
                    if case.database == address:
                        progress(PROGRESS_LABEL, done, len(suite.cases))
                        results[number] = await self._run_case(case, database)
                        done += 1
        progress(PROGRESS_LABEL, done, len(suite.cases))
        cases = tuple(results[number] for number in range(len(suite.cases)))
        return SuiteResult(suite, cases, round(perf_counter() - started, 2))

    @asynccontextmanager
    async def _opened(self, address: str) -> AsyncIterator["_OpenDatabase"]:
        if (target := self._target(address)) is None:
            connection = await self.open_connection(address)
            database = self.harness.wrap_database(address, connection.maps, connection.target)
            yield _OpenDatabase(
                self.harness, database, connection.target, await _load_catalog(connection.maps, address)
            )
            return
        async with self.harness.open_database(display_name(address), target) as database:
            yield _OpenDatabase(self.harness, database, target, await _load_catalog(database.maps, address))

    def _target(self, address: str) -> Target | None:
        """Open a URL or a SQLite file; None if the address must be the name of a connection."""
        if "://" in address:
            return open_target(address)
        path = self.folder / address
        if path.is_file():
            return open_target(f"sqlite:///{path.absolute()}")
        if PurePosixPath(address).suffix or "/" in address:
            raise InvalidEvaluationInput(f"The SQLite file {address} does not exist.")
        return None

    async def _run_case(self, case: SuiteCase, opened: "_OpenDatabase") -> CaseResult:
        async with opened.database.session() as session:
            turns = [await opened.compare(turn, await session.ask(turn.question)) for turn in case.turns]
        return CaseResult(case, opened.database.name, tuple(turns))


@dataclass(frozen=True)
class _OpenDatabase:
    """Open database with everything that the comparison needs."""

    harness: Harness
    database: EvaluationDatabase
    target: Target
    catalog: Catalog

    async def compare(self, turn: SuiteTurn, reply: Reply) -> TurnResult:
        expected = turn.expected
        if expected.outcome is not None:
            failure = None if reply.outcome == expected.outcome else f"The outcome was {reply.outcome}."
            return TurnResult(turn, reply, failure)
        try:
            expected_rows = (
                expected.rows if expected.rows is not None else await self._run(expected.sql or "")
            )
        except _ExpectedQueryFailed as error:
            return TurnResult(turn, reply, str(error))
        return TurnResult(turn, reply, self._difference(expected, expected_rows, reply), expected_rows)

    async def _run(self, sql: str) -> Sequence[Row]:
        """Run an expected query; it passes the guard like any other query."""
        verdict = await self.harness.judge(sql, self.catalog)
        if isinstance(verdict, Rejected):
            raise _ExpectedQueryFailed(f"The guard rejected the expected query: {verdict.reason}")
        try:
            rows = await self.target.run(verdict, self.harness.limits)
        except QueryFailed as failure:
            raise _ExpectedQueryFailed(f"The expected query failed ({failure.kind}).") from failure
        return [tuple(as_json(value) for value in row) for row in rows.values]

    def _difference(self, expected: ExpectedResult, expected_rows: Sequence[Row], reply: Reply) -> str | None:
        if reply.rows is None:
            return f"No answer; the outcome was {reply.outcome}."
        ordered = expected.ordered
        if ordered is None:
            ordered = bool(expected.sql) and is_ordered(expected.sql or "", self.catalog.dialect)
        if same_rows(reply.rows, expected_rows, ordered=ordered, more_columns=expected.more_columns):
            return None
        if len(reply.rows) != len(expected_rows):
            return f"It returned {len(reply.rows)} rows instead of {len(expected_rows)}."
        return (
            "It returned different rows." if not ordered else "It returned different rows, or another order."
        )


class _ExpectedQueryFailed(Exception):
    """An expected query was rejected or failed; the message is one sentence."""


def display_name(address: str) -> str:
    """Derive a display name from an address, without user and password."""
    if "://" not in address:
        return address
    try:
        return PurePosixPath(urlsplit(address).path).name or "database"
    except ValueError as error:
        raise InvalidConnection("The database address is not a valid URL.") from error


async def _load_catalog(maps: SchemaSource, name: str) -> Catalog:
    return (await maps.schema(name)).catalog
