"""What a command needs of the service, opened with progress for whoever waits."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeVar

from rich.console import Console

from graph.settings import Settings
from store.progress import Progress
from transport.cli.progress import showing

Opened = TypeVar("Opened")
Opens = Callable[[Settings, Progress], AbstractAsyncContextManager[Opened]]


@asynccontextmanager
async def opened(opens: Opens[Opened], settings: Settings, console: Console) -> AsyncIterator[Opened]:
    """Open; when it is open, nothing more is shown. Raises what opening raises."""
    first = "Starting PostgreSQL" if settings.store_url is None else "Connecting to PostgreSQL"
    async with AsyncExitStack() as stack:
        with showing(console, first) as progress:
            service = await stack.enter_async_context(opens(settings, progress))
        yield service
