"""ASGI middleware that limits the size of request bodies (256 KiB)."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from transport.auth.authentication import error_response
from transport.protocol.errors import RequestRefused

# A question has at most 4,000 characters; a long chat history around it still fits.
MAX_BYTES = 256 * 1024


class BodyLimitMiddleware:
    """Body size limit, also for chunked bodies that do not declare their length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond with 413 to a body declared too large; count the bytes of the others as they arrive."""
        app = self._app
        if scope["type"] == "http":
            content_length = Headers(scope=scope).get("content-length", "0")
            if content_length.isdecimal() and int(content_length) > MAX_BYTES:
                app = error_response(_too_large().error)
            receive = _counting(receive)
        await app(scope, receive, send)


def _counting(receive: Receive) -> Receive:
    received_bytes = 0

    async def receive_counted() -> Message:
        nonlocal received_bytes
        message = await receive()
        received_bytes += len(message.get("body", b""))
        if received_bytes > MAX_BYTES:
            raise _too_large()
        return message

    return receive_counted


def _too_large() -> RequestRefused:
    return RequestRefused("too_large", f"The request body exceeds the limit of {MAX_BYTES // 1024} KiB.")
