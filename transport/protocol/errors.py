"""API errors: a code for programs, a message for people, and the mapping of exceptions to them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from langchain_protocol import ErrorCode

from graph.errors import (
    InterruptNotFound,
    InvalidAdminRequest,
    InvalidQuestion,
    InvalidResponse,
    RunErrorCode,
    RunNotFound,
    TooBusy,
    describe_failure,
)
from schema_docs.errors import SyncInProgress
from store.errors import (
    InvalidConnection,
    NameTaken,
    NotFound,
    RunInProgress,
    TargetUnavailable,
    TooManyRuns,
)

logger = logging.getLogger(__name__)

RequestErrorCode = Literal[
    "malformed",
    "too_large",
    "invalid_argument",
    "unknown_command",
    "not_supported",
    "invalid_question",
    "invalid_response",
    "run_in_progress",
    "too_many_runs",
    "too_many_connections",
    "too_busy",
    "no_such_conversation",
    "no_such_chart",
    "no_such_database",
    "no_such_sync",
    "sync_in_progress",
    "no_such_run",
    "no_such_interrupt",
    "no_such_subscription",
    "not_found",
    "unauthorized",
    "token_expired",
    "forbidden",
]
ApiErrorCode = Literal[RequestErrorCode, RunErrorCode]


@dataclass(frozen=True, slots=True)
class ErrorMapping:
    """An error code's counterparts: one of the protocol's fixed error names, and an HTTP status."""

    protocol_error: ErrorCode
    status: int


ERROR_MAPPINGS: Mapping[ApiErrorCode, ErrorMapping] = {
    "malformed": ErrorMapping("invalid_argument", 400),
    "too_large": ErrorMapping("invalid_argument", 413),
    "invalid_argument": ErrorMapping("invalid_argument", 422),
    "unknown_command": ErrorMapping("unknown_command", 400),
    "not_supported": ErrorMapping("not_supported", 422),
    "invalid_question": ErrorMapping("invalid_argument", 422),
    "invalid_response": ErrorMapping("invalid_argument", 422),
    "run_in_progress": ErrorMapping("invalid_argument", 409),
    "too_many_runs": ErrorMapping("invalid_argument", 429),
    "too_many_connections": ErrorMapping("permission_denied", 429),
    "too_busy": ErrorMapping("unknown_error", 503),
    "no_such_conversation": ErrorMapping("invalid_argument", 404),
    "no_such_chart": ErrorMapping("invalid_argument", 404),
    "no_such_database": ErrorMapping("invalid_argument", 404),
    "no_such_sync": ErrorMapping("invalid_argument", 404),
    "sync_in_progress": ErrorMapping("invalid_argument", 409),
    "no_such_run": ErrorMapping("no_such_run", 404),
    "no_such_interrupt": ErrorMapping("no_such_interrupt", 404),
    "no_such_subscription": ErrorMapping("no_such_subscription", 404),
    "not_found": ErrorMapping("invalid_argument", 404),
    "unauthorized": ErrorMapping("permission_denied", 401),
    "token_expired": ErrorMapping("permission_denied", 401),
    "forbidden": ErrorMapping("permission_denied", 403),
    "model_unavailable": ErrorMapping("unknown_error", 503),
    "model_invalid_output": ErrorMapping("unknown_error", 502),
    "target_unavailable": ErrorMapping("invalid_argument", 422),
    "unknown_database": ErrorMapping("invalid_argument", 404),
    "not_mapped": ErrorMapping("invalid_argument", 409),
    "store_unavailable": ErrorMapping("unknown_error", 503),
    "run_abandoned": ErrorMapping("unknown_error", 500),
    "internal": ErrorMapping("unknown_error", 500),
}
assert tuple(ERROR_MAPPINGS) == get_args(ApiErrorCode)


@dataclass(frozen=True, slots=True)
class ApiError:
    """Error as sent to clients. `message` is safe to show."""

    code: ApiErrorCode
    message: str

    @property
    def protocol_error(self) -> ErrorCode:
        """The protocol's name of this error."""
        return ERROR_MAPPINGS[self.code].protocol_error

    @property
    def status(self) -> int:
        """The HTTP status of this error."""
        return ERROR_MAPPINGS[self.code].status

    def as_json(self) -> dict[str, Any]:
        """Return the body of an HTTP error response."""
        return {"error": self.protocol_error, "code": self.code, "message": self.message}


class RequestRefused(Exception):
    """The transport refuses a request; `error` says why."""

    def __init__(self, code: ApiErrorCode, message: str) -> None:
        super().__init__(message)
        self.error = ApiError(code, message)


# Exceptions whose text is written for users and sent as it is.
CODES_BY_EXCEPTION: Mapping[type[Exception], ApiErrorCode] = {
    RunInProgress: "run_in_progress",
    SyncInProgress: "sync_in_progress",
    TooManyRuns: "too_many_runs",
    TooBusy: "too_busy",
    InvalidQuestion: "invalid_question",
    InvalidResponse: "invalid_response",
    RunNotFound: "no_such_run",
    InterruptNotFound: "no_such_interrupt",
    InvalidAdminRequest: "invalid_argument",
    InvalidConnection: "invalid_argument",
    NameTaken: "invalid_argument",
    TargetUnavailable: "target_unavailable",
}
PATH_NOT_FOUND = ApiError("not_found", "Not found, or the method is not allowed for this path.")
CONVERSATION_NOT_FOUND = ApiError("no_such_conversation", "Conversation not found.")
TOKEN_EXPIRED = ApiError("token_expired", "Your token has expired. Please sign in again.")
DATABASE_NOT_FOUND = ApiError("no_such_database", "Database not found.")
SYNC_NOT_FOUND = ApiError("no_such_sync", "No schema sync has been requested for this database yet.")
NOT_FOUND_BY_KIND: Mapping[str, ApiError] = {"connection": DATABASE_NOT_FOUND, "sync": SYNC_NOT_FOUND}


def api_error_for(error: Exception) -> ApiError:
    """Map an exception to an API error. Unforeseen exceptions are logged; their text is never sent."""
    match error:
        case RequestRefused(error=api_error):
            return api_error
        case NotFound(kind=kind):
            return NOT_FOUND_BY_KIND.get(kind, CONVERSATION_NOT_FOUND)
    if code := CODES_BY_EXCEPTION.get(type(error)):
        return ApiError(code, str(error))
    failure = describe_failure(error)
    if failure.expected:
        logger.warning("request failed", extra={"code": failure.code})
    else:
        logger.error("unhandled exception", exc_info=error)
    return ApiError(failure.code, failure.message)
