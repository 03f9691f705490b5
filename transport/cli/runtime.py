"""Common parts of the commands: settings, logging, console, JSON output, event loop, opening the service."""

# ruff: noqa: PLC0415 – heavy modules are imported when they are needed, so that the CLI starts fast
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from graph.settings import Settings
from store.progress import Progress
from transport.logs import configure_logging
from transport.settings import ServerSettings

if TYPE_CHECKING:
    from graph.compose import Components


@contextmanager
def progress_bar(console: Console, label: str) -> Iterator[Progress]:
    """Show progress while the block runs; `label` is shown until the first task reports."""
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with RichProgress(*columns, console=console, transient=True) as display:
            yield ProgressBars(display, label)
    else:
        yield ProgressLines(console, label)


class ProgressBars:
    """Progress callback that shows one bar per task."""

    def __init__(self, display: RichProgress, label: str) -> None:
        self._display = display
        self._tasks: dict[str, TaskID] = {}
        self._initial: TaskID | None = display.add_task(label, total=None)

    def __call__(self, task: str, done: int, total: int) -> None:
        """Update the bar of a task."""
        if self._initial is not None:
            self._display.update(self._initial, total=1, completed=1)
            self._initial = None
        if task not in self._tasks:
            self._tasks[task] = self._display.add_task(task, total=total)
        self._display.update(self._tasks[task], completed=done, total=total)


class ProgressLines:
    """Progress callback that prints a line when a task starts, and one when it is done."""

    def __init__(self, console: Console, label: str) -> None:
        self._console = console
        self._started: set[str] = set()
        self._done: set[str] = set()
        self._console.print(f"{label} …", highlight=False)

    def __call__(self, task: str, done: int, total: int) -> None:
        """Print the start and the end of a task."""
        if task not in self._started:
            self._started.add(task)
            self._console.print(f"{task} …", highlight=False)
        if done >= total and task not in self._done:
            self._done.add(task)
            self._console.print(f"{task}: done", highlight=False)


Result = TypeVar("Result")
Resource = TypeVar("Resource")
OpenResource = Callable[[Settings, Progress], AbstractAsyncContextManager[Resource]]
PREFIX = "QUERENT_"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Database = Annotated[str | None, typer.Option(help="Name of a connection; required if there are several.")]


class UsageError(Exception):
    """The command was used wrongly; `str()` is one sentence for the user. Exit code 2."""


def read_settings() -> Settings:
    """Read the settings of the service. Raises `UsageError`."""
    return _read_settings(Settings)


def read_server_settings(**options: Any) -> ServerSettings:
    """Read the settings of the server; command-line options take precedence. Raises `UsageError`."""
    return _read_settings(ServerSettings, **options)


def _read_settings(settings_class: Callable[..., Result], **options: Any) -> Result:
    try:
        return settings_class(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + "_".join(str(step) for step in first["loc"]).upper()
        raise UsageError(f"{name}: {first['msg']}.") from error
    except (SettingsError, OSError, UnicodeDecodeError) as error:
        raise UsageError("The settings cannot be read; check the environment and the .env file.") from error


def load_settings() -> Settings:
    """Read the settings and log only warnings, so that the terminal stays quiet. Raises `UsageError`."""
    configure_logging("DEBUG" if read_server_settings().log_level == "DEBUG" else "WARNING")
    return read_settings()


def check_exposure(settings: ServerSettings) -> None:
    """Raise `UsageError` if other machines could connect without authentication."""
    from transport.auth.authentication import is_loopback

    has_authentication = settings.bearer_token is not None or settings.jwt_key is not None
    if not has_authentication and not is_loopback(settings.host):
        raise UsageError(
            f"{PREFIX}HOST is {settings.host}, which other machines can reach: that requires a {PREFIX}TOKEN."
        )


def console() -> Console:
    """Return the console for messages and progress; results go to standard output."""
    return Console(stderr=True)


def print_json(value: Any) -> None:
    """Print a result as JSON."""
    typer.echo(json.dumps(value, default=str))


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a new event loop until it completes."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(coroutine)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # not available for Windows

    return uvloop.new_event_loop


@asynccontextmanager
async def open_with_progress(
    open_resource: OpenResource[Resource], settings: Settings, console: Console
) -> AsyncIterator[Resource]:
    """Open the service or its components, showing progress until it is open. Raises what opening raises."""

    label = "Starting PostgreSQL" if settings.store_url is None else "Connecting to PostgreSQL"
    async with AsyncExitStack() as stack:
        with progress_bar(console, label) as progress:
            resource = await stack.enter_async_context(open_resource(settings, progress))
        yield resource


def run_with_components(use: "Callable[[Components], Coroutine[Any, Any, Result]]") -> Result:
    """Open the components of the service, run a use case on them, and close them."""
    settings = load_settings()

    async def open_and_use() -> Result:
        from graph.compose import open_components

        async with open_with_progress(open_components, settings, console()) as components:
            return await use(components)

    return run(open_and_use())
