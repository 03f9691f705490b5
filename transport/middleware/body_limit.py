"""Nobody can fill our memory with the body of a request."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from transport.auth.authentication import denial
from transport.protocol.errors import Refused

# A question has at most 4,000 characters; a long chat history around it still fits.
MOST_BYTES = 256 * 1024


class BoundedBodies:
    """Refuses bodies that are too large, also when they come in pieces that do not say so beforehand."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as far as there is room for it."""
        app = self._app
        if scope["type"] == "http":
            told = Headers(scope=scope).get("content-length", "0")
            if told.isdecimal() and int(told) > MOST_BYTES:
                app = denial(_too_large().fault)
            receive = _counted(receive)
        await app(scope, receive, send)


def _counted(receive: Receive) -> Receive:
    came = 0

    async def count() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > MOST_BYTES:
            raise _too_large()
        return message

    return count


def _too_large() -> Refused:
    return Refused("too_large", f"The body of a request may have {MOST_BYTES // 1024} KiB.")
