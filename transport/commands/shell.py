"""What every command shares: settings, faults as one sentence with an exit code, progress on stderr."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from graph.settings import Settings
from schema_docs.errors import MapError
from store.errors import BadConnection, BadKey, NameTaken, NotFound, StoreUnavailable, TargetUnavailable
from store.progress import Progress
from transport.client import RefusedByService, Unreachable
from transport.logs import set_up_logs
from transport.server import Unservable

Result = TypeVar("Result")

FAILED = 1
WRONG = 2
STOPPED = 130

# Each says in one sentence, which names no secret, what the person at the terminal can do something about.
EXPECTED = (
    StoreUnavailable,
    BadConnection,
    BadKey,
    NameTaken,
    NotFound,
    TargetUnavailable,
    MapError,
    Unservable,
    RefusedByService,
    Unreachable,
    FileExistsError,
    FileNotFoundError,
    PermissionError,
)

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def read_settings(log_level: str | None = None) -> Settings:
    """Read the settings, and set up the log by them. A bad setting ends the command."""
    try:
        settings = Settings()
    except ValidationError as error:
        for fault in error.errors():
            name = "QUERENT_" + "_".join(str(part) for part in fault["loc"]).upper()
            err.print(f"{name}: {fault['msg']}.", soft_wrap=True, markup=False)
        raise typer.Exit(WRONG) from None
    set_up_logs(log_level or settings.log_level)
    return settings


@contextmanager
def saying_faults() -> Iterator[None]:
    """Turn what may go wrong into a sentence and an exit code."""
    try:
        yield
    except EXPECTED as error:
        err.print(_sentence_of(error), style="red", soft_wrap=True, markup=False)
        raise typer.Exit(WRONG) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(STOPPED) from None


def run(work: Callable[[], Awaitable[Result]]) -> Result:
    """Run a command's work to its end."""

    async def to_the_end() -> Result:
        return await work()

    with saying_faults():
        if sys.platform == "win32":
            return asyncio.run(to_the_end())
        import uvloop  # noqa: PLC0415 – there is none for Windows

        return uvloop.run(to_the_end())


def print_json(value: Any) -> None:
    """Print one line of JSON, and nothing but that, to stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


@contextmanager
def showing_progress() -> Iterator[Progress]:
    """Bars on a terminal, a line for each finished task elsewhere; always on stderr."""
    if not err.is_terminal:
        yield _say_line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Bars(*columns, TimeElapsedColumn(), console=err, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(task: str, done: int, total: int) -> None:
            if task not in tasks:
                tasks[task] = bars.add_task(task, total=total)
            bars.update(tasks[task], completed=done, total=total)

        yield show


def _say_line(task: str, done: int, total: int) -> None:
    if done == total:
        typer.echo(f"{task}: done", err=True)


def _sentence_of(error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def table_of(rows: list[Mapping[str, Any]]) -> Any:
    """Make a table of what has the same keys."""
    from rich.table import Table  # noqa: PLC0415 – only who prints one pays for it

    table = Table(*(rows[0] if rows else ()), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    return table
