"""`querent serve`."""

import asyncio

import typer

from graph.compose import open_service
from graph.settings import Settings
from transport.app import build_app
from transport.auth import is_loopback
from transport.commands.shell import WRONG, err, read_settings, run, showing_progress
from transport.server import Server, ending_on_signals, listen, serve


def serve_command() -> None:
    """Start the service: PostgreSQL, sample shop, chat page, WebSocket. Ctrl-C stops it."""
    settings = read_settings()
    if settings.token is None and not is_loopback(settings.host):
        err.print(
            f"QUERENT_HOST is {settings.host}: anything but this machine itself demands a QUERENT_TOKEN.",
            style="red",
            soft_wrap=True,
        )
        raise typer.Exit(WRONG)
    run(lambda: _serve(settings))


async def _serve(settings: Settings) -> None:
    # The port first, so that a taken one is said at once; whoever comes before the service is open waits.
    with (
        ending_on_signals() as ending,
        listen(settings.host, settings.port) as listener,
        showing_progress() as progress,
    ):
        async with open_service(settings, progress) as service:
            closing = asyncio.Event()
            port = listener.getsockname()[1]
            server = Server(build_app(service, closing), closing, lambda: _greet(settings.host, port))
            ending.begin_to_serve()
            await serve(server, listener, ending.asked)


def _greet(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"Querent answers on http://{shown}:{port} (Ctrl-C stops it)")
