"""Exception boundary of HTTP: maps exceptions to error responses, and denies failed WebSocket handshakes."""

from collections.abc import Awaitable
from typing import TypeVar

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from transport.auth.authentication import error_response
from transport.protocol.commands import validation_message
from transport.protocol.errors import PATH_NOT_FOUND, ApiError, RequestRefused, api_error_for

Result = TypeVar("Result")


def register_error_handlers(app: FastAPI) -> None:
    """Replace FastAPI's handlers for validation errors and `HTTPException`."""
    app.add_exception_handler(RequestValidationError, _handle_validation_error)
    app.add_exception_handler(HTTPException, _handle_http_exception)


def error_middleware() -> Middleware:
    """Return the middleware that maps all other exceptions.

    A handler for `Exception` on the app itself would respond, but raise the exception again.
    """
    return Middleware(ExceptionMiddleware, handlers={Exception: _handle_exception})


async def prepare_handshake(websocket: WebSocket, preparation: Awaitable[Result]) -> Result | None:
    """Await the preparation of a WebSocket; if it fails, deny the handshake and return None."""
    try:
        return await preparation
    except Exception as error:  # noqa: BLE001 – exception boundary of a handshake
        await websocket.send_denial_response(error_response(api_error_for(error)))
        return None


async def _handle_exception(request: Request, error: Exception) -> Response:
    return error_response(api_error_for(error))


async def _handle_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return error_response(ApiError("invalid_argument", validation_message(error.errors())))


async def _handle_http_exception(request: Request, error: Exception) -> Response:
    """Map the exceptions of routing (404, 405) and body parsing (400)."""
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405):
        return JSONResponse(PATH_NOT_FOUND.as_json(), error.status_code, error.headers)
    # FastAPI wraps exceptions that are raised while it reads the body.
    if isinstance(error.__cause__, RequestRefused):
        return error_response(error.__cause__.error)
    return error_response(ApiError("malformed", "The request body cannot be parsed."))
