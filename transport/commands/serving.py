"""`querent serve`."""

import asyncio
import socket

from rich.console import Console

from graph.compose import open_service
from graph.settings import Settings
from transport.app import build_app
from transport.commands.opening import opened
from transport.commands.starting import started
from transport.crowd import raise_limit
from transport.server import Server, ending_on_signals, serve


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
