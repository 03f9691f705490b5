"""`querent eval suite`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from graph.compose import Parts, open_parts
from graph.evaluation.harness import Wanted, open_bench
from graph.evaluation.suite import read_suite
from graph.evaluation.suite_runner import CaseResult, Connected, SuiteResult, SuiteRun
from graph.settings import Settings
from transport.cli.progress import showing
from transport.cli.runtime import Unusable
from transport.cli.service import opened
from transport.cli.suite_report import write_report


async def run_suite(settings: Settings, path: Path, by: Wanted, console: Console) -> SuiteResult:
    """Run a suite. Raises `EvaluationUnusable`, `BadConnection`, `TargetUnavailable`, `NotFound`."""
    suite = read_suite(path)
    if suite.today:
        by = replace(by, today=suite.today)
    async with _service(settings, console) as service, open_bench(settings, by) as bench:
        with showing(console, "Opening the analyst") as progress:
            return await SuiteRun(bench, path.parent, service.connect).run(suite, progress)


class _Service:
    """The service, opened when the first connection is named: files and URLs need no store."""

    def __init__(self, settings: Settings, stack: AsyncExitStack, console: Console) -> None:
        self._settings = settings
        self._stack = stack
        self._console = console
        self._parts: Parts | None = None

    async def connect(self, name: str) -> Connected:
        """Open a connection. Raises `NotFound`, `StoreUnavailable`."""
        if self._parts is None:
            opening = opened(open_parts, self._settings, self._console)
            self._parts = await self._stack.enter_async_context(opening)
        await self._parts.connections.find(name)
        return Connected(self._parts.library, await self._parts.targets.of(name))


@asynccontextmanager
async def _service(settings: Settings, console: Console) -> AsyncIterator[_Service]:
    async with AsyncExitStack() as stack:
        yield _Service(settings, stack, console)


def check_report(path: Path | None) -> None:
    """Find out before an hour of questions that a page could not be kept. Raises `Unusable`."""
    if path is not None and not path.absolute().parent.is_dir():
        raise Unusable(f"There is no folder to write {path} into.")


def save_report(result: SuiteResult, by: Wanted, path: Path) -> None:
    """Write the page. Raises `Unusable`."""
    try:
        path.write_text(write_report(result, by.analyst, datetime.now()), encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}.") from error


def as_plain(result: SuiteResult) -> dict[str, Any]:
    """Give what came of a suite as JSON has it."""
    return {
        "name": result.suite.name,
        "passed": sum(case.passed for case in result.cases),
        "failed": sum(not case.passed for case in result.cases),
        "seconds": result.seconds,
        "cases": [_case_as_plain(case) for case in result.cases],
    }


def in_words(result: SuiteResult) -> Iterator[str]:
    """Say what failed, and how much passed."""
    for case in result.cases:
        if not case.passed:
            yield f"✗ {case.case.name}  ({case.database})"
        for turn in case.turns:
            if turn.why:
                yield f"    {turn.turn.question}"
                yield f"    {turn.why}"
                yield f"    wrote {turn.reply.sql or 'nothing'}"
    passed = sum(case.passed for case in result.cases)
    yield f"{passed} of {len(result.cases)} cases passed, in {result.seconds:.1f} s"


def _case_as_plain(case: CaseResult) -> dict[str, Any]:
    return {
        "name": case.case.name,
        "database": case.database,
        "passed": case.passed,
        "turns": [
            {
                "question": turn.turn.question,
                "passed": turn.passed,
                "why": turn.why,
                "outcome": turn.reply.outcome,
                "sql": turn.reply.sql,
                "expected_sql": turn.turn.expected.sql,
                "confidence": turn.reply.confidence,
                "ms": round(turn.reply.ms, 2),
            }
            for turn in case.turns
        ],
    }
