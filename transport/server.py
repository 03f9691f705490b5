"""HTTP server: uvicorn on a listening socket, with graceful shutdown and time-outs for slow readers."""

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

# Fits the longest question with every character escaped; a larger frame closes the socket (1009).
MAX_FRAME_BYTES = 64 * 1024
PING_INTERVAL_S = 20.0
# Marks a message as one of the last on its connection; these are few and small.
FINAL_MESSAGE = "querent.final_message"
# Time that connected clients have to receive their final messages at shutdown.
GRACEFUL_SHUTDOWN_S = 3
ABORT_AFTER_S = 5.0
BACKLOG = 2048


class CannotListen(Exception):
    """The address cannot be bound; `str()` is one sentence for the user."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket protocol that also closes when the client never reads its last bytes."""

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message; final ones do not wait until a slow reader has drained the earlier ones.

        A denied handshake is marked complete; uvicorn would otherwise log an error.
        """
        if message["type"] == "websocket.close" or FINAL_MESSAGE in message:
            self.writable.set()
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True

    async def run_asgi(self) -> None:
        """Serve the connection; abort it if its last bytes are not read within `ABORT_AFTER_S`."""
        await super().run_asgi()
        if not self.disconnected:
            self.loop.call_later(ABORT_AFTER_S, self.transport.abort)


class HttpProtocol(HttpToolsProtocol):
    """HTTP protocol that also closes when the client never reads its last bytes."""

    def on_headers_complete(self) -> None:
        """Offer the application a way to release the connection, in the scope's extensions."""
        super().on_headers_complete()
        self.scope.setdefault("extensions", {})[FINAL_MESSAGE] = {"release": self._release}

    def _release(self) -> None:
        self.cycle.keep_alive = False
        self.flow.resume_writing()
        self.loop.call_later(ABORT_AFTER_S, self.transport.abort)


def release_connection(scope: Scope) -> None:
    """Treat the rest of a response, which must be small, as final.

    It no longer waits for a slow reader to drain earlier bytes; the connection is aborted after
    `ABORT_AFTER_S`.
    """
    if (extension := scope.get("extensions", {}).get(FINAL_MESSAGE)) is not None:
        extension["release"]()


class Server(uvicorn.Server):
    """uvicorn server that leaves signals to its caller and sets `closing` for endless streams at shutdown."""

    def __init__(self, app: ASGIApp, closing: asyncio.Event, on_ready: Callable[[], None]) -> None:
        super().__init__(_config(app))
        self._closing = closing
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing: resources opened around the server must be closed after it."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting connections, then call `on_ready`."""
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Signal endless streams to finish, then shut down."""
        self._closing.set()
        await super().shutdown(sockets)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        ws_max_size=MAX_FRAME_BYTES,
        ws_ping_interval=PING_INTERVAL_S,
        ws_ping_timeout=PING_INTERVAL_S,
        # Compression costs 300 kB per connection and allows decompression bombs.
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
    )


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen. Clients that connect before the service is ready wait. Raises `CannotListen`."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(_listen_failure(host, port, error)) from error


def _listen_failure(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is already in use; set QUERENT_PORT to another port."
    if error.errno == errno.EACCES:
        return f"Permission denied for port {port}; set QUERENT_PORT to another port."
    return f"Cannot listen on {host}: this machine has no such address; check QUERENT_HOST."


async def serve(server: Server, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop` is set."""

    async def exit_when_stopped() -> None:
        await stop.wait()
        server.should_exit = True

    watcher = asyncio.create_task(exit_when_stopped())
    try:
        await server.serve(sockets=[listener])
    finally:
        watcher.cancel()


class ShutdownRequest:
    """Shutdown by SIGINT or SIGTERM: cancels during start-up, is graceful later, cancels the second time."""

    def __init__(self, task: "asyncio.Task[object]") -> None:
        self._task = task
        self._is_serving = False
        self.requested = asyncio.Event()

    def mark_serving(self) -> None:
        """From now on, the first request shuts down gracefully."""
        self._is_serving = True

    def request(self) -> None:
        """Request the shutdown."""
        if self._is_serving and not self.requested.is_set():
            self.requested.set()
        else:
            self._task.cancel()


@contextmanager
def shutdown_on_signals() -> Iterator[ShutdownRequest]:
    """Turn SIGINT and SIGTERM into shutdown requests while the block runs."""
    task = asyncio.current_task()
    assert task is not None
    shutdown = ShutdownRequest(task)
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, shutdown.request)
    try:
        yield shutdown
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
