"""What the door answers when something cannot be done: a code for programs, a sentence for people."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from langchain_protocol import ErrorCode

from graph.errors import NoSuchInterrupt, NoSuchRun, QuestionUnusable, ResponseUnusable, TooBusy
from schema_docs.errors import SyncInProgress
from store.errors import NotFound, RunInProgress, StoreUnavailable, TooManyRuns

logger = logging.getLogger(__name__)

FaultCode = Literal[
    "malformed",
    "too_large",
    "invalid_argument",
    "unknown_command",
    "not_supported",
    "question_unusable",
    "response_unusable",
    "run_in_progress",
    "too_many_runs",
    "too_many_sockets",
    "too_busy",
    "no_such_conversation",
    "no_such_chart",
    "no_such_database",
    "no_such_sync",
    "sync_in_progress",
    "no_such_run",
    "no_such_interrupt",
    "no_such_subscription",
    "no_such_place",
    "unauthorized",
    "token_expired",
    "forbidden",
    "store_unavailable",
    "internal",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a code of ours is called in the protocol, whose list is fixed, and in HTTP."""

    error: ErrorCode
    status: int


KINDS: Mapping[FaultCode, Kind] = {
    "malformed": Kind("invalid_argument", 400),
    "too_large": Kind("invalid_argument", 413),
    "invalid_argument": Kind("invalid_argument", 422),
    "unknown_command": Kind("unknown_command", 400),
    "not_supported": Kind("not_supported", 422),
    "question_unusable": Kind("invalid_argument", 422),
    "response_unusable": Kind("invalid_argument", 422),
    "run_in_progress": Kind("invalid_argument", 409),
    "too_many_runs": Kind("invalid_argument", 429),
    "too_many_sockets": Kind("permission_denied", 429),
    "too_busy": Kind("unknown_error", 503),
    "no_such_conversation": Kind("invalid_argument", 404),
    "no_such_chart": Kind("invalid_argument", 404),
    "no_such_database": Kind("invalid_argument", 404),
    "no_such_sync": Kind("invalid_argument", 404),
    "sync_in_progress": Kind("invalid_argument", 409),
    "no_such_run": Kind("no_such_run", 404),
    "no_such_interrupt": Kind("no_such_interrupt", 404),
    "no_such_subscription": Kind("no_such_subscription", 404),
    "no_such_place": Kind("invalid_argument", 404),
    "unauthorized": Kind("permission_denied", 401),
    "token_expired": Kind("permission_denied", 401),
    "forbidden": Kind("permission_denied", 403),
    "store_unavailable": Kind("unknown_error", 503),
    "internal": Kind("unknown_error", 500),
}
assert tuple(KINDS) == get_args(FaultCode)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something was not done; `sentence` is safe to show."""

    code: FaultCode
    sentence: str

    @property
    def error(self) -> ErrorCode:
        """The protocol's name for it."""
        return KINDS[self.code].error

    @property
    def status(self) -> int:
        """The HTTP status for it."""
        return KINDS[self.code].status

    def as_json(self) -> dict[str, Any]:
        """Give the body of an HTTP answer."""
        return {"error": self.error, "code": self.code, "message": self.sentence}


class Refused(Exception):
    """The door itself says no."""

    def __init__(self, code: FaultCode, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = Fault(code, sentence)


# What these say is made to be shown.
SAYING_WHY: Mapping[type[Exception], FaultCode] = {
    RunInProgress: "run_in_progress",
    SyncInProgress: "sync_in_progress",
    TooManyRuns: "too_many_runs",
    TooBusy: "too_busy",
    QuestionUnusable: "question_unusable",
    ResponseUnusable: "response_unusable",
    NoSuchRun: "no_such_run",
    NoSuchInterrupt: "no_such_interrupt",
}
NOWHERE = Fault("no_such_place", "There is nothing at this address, or not for this method.")
NO_CONVERSATION = Fault("no_such_conversation", "There is no such conversation.")
EXPIRED = Fault("token_expired", "Your token has ended; come back with a new one.")
NO_DATABASE = Fault("no_such_database", "There is no database of this name.")
NO_SYNC = Fault("no_such_sync", "The map of this database has not been synced by request yet.")
NOT_FOUND: Mapping[str, Fault] = {"connection": NO_DATABASE, "sync": NO_SYNC}
NO_STORE = Fault("store_unavailable", "The service cannot reach its own store. Please try again later.")
INTERNAL = Fault("internal", "Something went wrong on our side. Nothing is lost; please try again.")


def fault_of(error: Exception) -> Fault:
    """Name the fault behind an exception. What nobody foresaw is logged, and its text goes nowhere else."""
    match error:
        case Refused(fault=fault):
            return fault
        case NotFound(what=what):
            return NOT_FOUND.get(what, NO_CONVERSATION)
        case StoreUnavailable():
            logger.warning("the store does not answer")
            return NO_STORE
    if code := SAYING_WHY.get(type(error)):
        return Fault(code, str(error))
    logger.error("something went wrong that nobody foresaw", exc_info=error)
    return INTERNAL
