"""Common parts of the commands: settings, logging, console, JSON output, event loop, opening the service."""
# ruff: noqa: PLC0415 – heavy modules are imported when they are needed, so that the CLI starts fast

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from graph.settings import Settings
from store.progress import Progress
from transport.logs import configure_logging
from transport.settings import ServerSettings

if TYPE_CHECKING:
    from graph.compose import Components

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
    from transport.cli.progress import progress_bar

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
