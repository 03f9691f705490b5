"""`querent serve`."""

import asyncio
import gc
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console

from graph.compose import open_service
from graph.settings import Settings
from store.embedded.server import starting_beside
from transport.app import build_app
from transport.cli.service import opened
from transport.realtime.connection_limits import raise_limit
from transport.server import Server, ending_on_signals, serve


@contextmanager
def starting(settings: Settings) -> Iterator[None]:
    """Start the embedded PostgreSQL, if it is to be used, while the block imports and opens the rest.

    Until `started`, garbage is not looked for: of what is imported none is, and to look through all of it
    again and again takes a fifth of the time.
    """
    with ExitStack() as stack:
        if settings.store_url is None:
            stack.enter_context(starting_beside(settings.data))
        gc.disable()
        stack.callback(_as_before)
        yield


def started() -> None:
    """Look for garbage from now on, but only among what is new."""
    gc.freeze()
    gc.enable()


def _as_before() -> None:
    gc.unfreeze()
    gc.enable()


async def serve_until_stopped(settings: Settings, listener: socket.socket, console: Console) -> None:
    """Open the service and answer on a port that is ours already, until somebody wants it to end.

    Raises `CancelledError` when that is before it was open, or for the second time.
    """
    raise_limit()
    closing = asyncio.Event()
    with ending_on_signals() as ending:
        async with opened(open_service, settings, console) as service:
            ending.begin_to_serve()
            started()

            def say_where() -> None:
                print(f"Querent answers on {address_of(listener)}", flush=True)  # noqa: T201

            server = Server(build_app(service, closing), closing, say_where)
            await serve(server, listener, ending.asked)


def address_of(listener: socket.socket) -> str:
    """Give the address of a port as a browser wants it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
