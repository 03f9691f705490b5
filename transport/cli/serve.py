"""`querent serve`: run the server until it is stopped, with a fast start-up."""

import asyncio
import gc
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console

from graph.compose import open_service
from graph.settings import Settings
from store.embedded.server import start_in_background
from transport.app import build_app
from transport.cli.runtime import open_with_progress
from transport.realtime.connection_limits import raise_open_file_limit
from transport.server import Server, serve, shutdown_on_signals
from transport.settings import ServerSettings


@contextmanager
def fast_startup(settings: Settings) -> Iterator[None]:
    """Start the embedded PostgreSQL, if it is used, while the block imports and opens the rest.

    The garbage collector is off until `enable_gc`: imported objects live as long as the process, and scanning
    them repeatedly takes a fifth of the start-up time.
    """
    with ExitStack() as stack:
        if settings.store_url is None:
            stack.enter_context(start_in_background(settings.data))
        gc.disable()
        stack.callback(_reset_gc)
        yield


def enable_gc() -> None:
    """Enable the garbage collector for the objects allocated from now on."""
    gc.freeze()
    gc.enable()


def _reset_gc() -> None:
    gc.unfreeze()
    gc.enable()


async def serve_until_stopped(
    settings: Settings, server_settings: ServerSettings, listener: socket.socket, console: Console
) -> None:
    """Open the service and serve on a listening socket until SIGINT or SIGTERM.

    Raises `CancelledError` if that arrives before the service is open, or a second time.
    """
    raise_open_file_limit()
    closing = asyncio.Event()
    with shutdown_on_signals() as shutdown:
        async with open_with_progress(open_service, settings, console) as service:
            shutdown.mark_serving()
            enable_gc()

            def print_address() -> None:
                print(f"Querent is listening on {address_of(listener)}", flush=True)  # noqa: T201

            server = Server(build_app(service, server_settings, closing), closing, print_address)
            await serve(server, listener, shutdown.requested)


def address_of(listener: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
