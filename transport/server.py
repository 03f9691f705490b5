"""The server: a port that is ours, uvicorn behind it, and an end that is clean and quick."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# Room for the longest question with every letter escaped; what is larger closes the socket (1009).
MOST_FRAME = 64 * 1024
PING_S = 20.0
# Marks a message as one of the last, which are few and small.
LAST_WORDS = "querent.last_words"
# How long whoever is connected has to take note of the end.
GOODBYE_S = 3
LINGER_S = 5.0
BACKLOG = 2048


class Unservable(Exception):
    """The port cannot be had; `str()` is one sentence."""


class ViewerSocket(WebSocketsSansIOProtocol):
    """A WebSocket that is let go also when the other side never reads its last bytes."""

    async def send(self, message: ASGISendEvent) -> None:
        """Send; last words do not wait until who does not read has read what came before.

        A handshake that was answered with a refusal is complete, though uvicorn would complain.
        """
        if message["type"] == "websocket.close" or LAST_WORDS in message:
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True

    async def run_asgi(self) -> None:
        """Serve; then leave time for the last bytes, but not for ever."""
        await super().run_asgi()
        if not self.disconnected:
            self.loop.call_later(LINGER_S, self.transport.abort)


class ViewerHttp(HttpToolsProtocol):
    """HTTP that is let go also when the other side never reads its last bytes."""

    def on_headers_complete(self) -> None:
        """Tell whoever answers how to let go."""
        super().on_headers_complete()
        self.scope.setdefault("extensions", {})[LAST_WORDS] = {"let_go": self._let_go}

    def _let_go(self) -> None:
        self.cycle.keep_alive = False
        self.flow.resume_writing()
        self.loop.call_later(LINGER_S, self.transport.abort)


def let_go(scope: Scope) -> None:
    """Take what an answer sends from here on, which must be little, as its last words.

    They do not wait until who does not read has read what came before; some time after, the line is cut.
    """
    if (ours := scope.get("extensions", {}).get(LAST_WORDS)) is not None:
        ours["let_go"]()


class Server(uvicorn.Server):
    """Leaves signals to whoever opened the service, and tells streams that never end when to end."""

    def __init__(self, app: ASGIApp, closing: asyncio.Event, ready: Callable[[], None]) -> None:
        super().__init__(_config_of(app))
        self._closing = closing
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing: the parts opened around the server must be closed after it."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say goodbye to everybody."""
        self._closing.set()
        await super().shutdown(sockets)


def _config_of(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=ViewerHttp,
        ws=ViewerSocket,
        ws_max_size=MOST_FRAME,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        # 300 kB for each connection, and a bomb in every frame.
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GOODBYE_S,
    )


def listen(host: str, port: int) -> socket.socket:
    """Take a port. Raises `Unservable`. Whoever comes before the service is open waits."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise Unservable(_why_not(host, port, error)) from error


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken; choose another one with QUERENT_PORT."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user; choose another one with QUERENT_PORT."
    return f"There is no address {host} on this machine to listen on; look at QUERENT_HOST."


async def serve(server: Server, listener: socket.socket, stop: asyncio.Event) -> None:
    """Answer until `stop` is set."""

    async def wait_for_the_end() -> None:
        await stop.wait()
        server.should_exit = True

    waiting = asyncio.create_task(wait_for_the_end())
    try:
        await server.serve(sockets=[listener])
    finally:
        waiting.cancel()


class Ending:
    """What Ctrl-C and SIGTERM do: while opening, give up; while serving, end well; a second time, give up."""

    def __init__(self, task: "asyncio.Task[object]") -> None:
        self._task = task
        self._serving = False
        self.asked = asyncio.Event()

    def begin_to_serve(self) -> None:
        """From here on the first wish for an end is met with an orderly one."""
        self._serving = True

    def ask(self) -> None:
        """Somebody wants it to end."""
        if self._serving and not self.asked.is_set():
            self.asked.set()
        else:
            self._task.cancel()


@contextmanager
def ending_on_signals() -> Iterator[Ending]:
    """Turn signals into a wish for an end, for as long as the block lasts."""
    task = asyncio.current_task()
    assert task is not None
    ending = Ending(task)
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, ending.ask)
    try:
        yield ending
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
