"""Exception hierarchy of the graph room.

* GraphError – `str()` is one sentence, safe to show to users
    * InvalidQuestion – empty or too long
    * RunNotFound – no such run in this conversation
    * InterruptNotFound – no pending interrupt has this id
    * TooBusy – this process has reached its limit of concurrent runs
    * InvalidResponse – the response does not fit the pending interrupt
    * InvalidAdminRequest – an administrative request cannot be carried out as it was made
"""

from dataclasses import dataclass
from typing import Literal

from agent.errors import AnalystUnavailable, InvalidModelOutput
from schema_docs.errors import NotMapped
from store.errors import NotFound, StoreUnavailable, TargetUnavailable


class GraphError(Exception):
    """Base class of the errors of this room; `str()` is one sentence, safe to show to users."""


class InvalidQuestion(GraphError):
    """The question is empty or too long."""


class RunNotFound(GraphError):
    """No such run exists in this conversation."""


class InterruptNotFound(GraphError):
    """No pending interrupt has this id."""


class TooBusy(GraphError):
    """This process has reached its limit of concurrent runs."""


class InvalidResponse(GraphError):
    """The response does not fit the pending interrupt."""


class InvalidAdminRequest(GraphError):
    """An administrative request cannot be carried out as it was made."""


RunErrorCode = Literal[
    "model_unavailable",
    "model_invalid_output",
    "target_unavailable",
    "unknown_database",
    "not_mapped",
    "store_unavailable",
    "run_abandoned",
    "internal",
]


@dataclass(frozen=True, slots=True)
class RunFailure:
    """Why a run failed: a code for programs and a message for users.

    `expected` failures are logged without a traceback.
    """

    code: RunErrorCode
    message: str
    expected: bool = True


RUN_ABANDONED = RunFailure(
    "run_abandoned",
    "The service stopped twice while it worked on this question. Please rephrase or simplify it.",
)


def describe_failure(error: Exception) -> RunFailure:
    """Map an exception to its error code and user message."""
    match error:
        case AnalystUnavailable():
            return RunFailure(
                "model_unavailable", "The language model is not available. Please try again later."
            )
        case InvalidModelOutput():
            return RunFailure(
                "model_invalid_output",
                "The language model returned no usable answer. Please rephrase the question.",
            )
        case TargetUnavailable():
            return RunFailure("target_unavailable", "The database is not available. Please try again later.")
        case NotFound():
            return RunFailure("unknown_database", "This conversation's database is no longer connected.")
        case NotMapped():
            return RunFailure(
                "not_mapped", "This database has no schema index yet: run `querent schema sync`."
            )
        case StoreUnavailable():
            return RunFailure(
                "store_unavailable", "The service cannot reach its own database. Please try again later."
            )
    return RunFailure(
        "internal", "Something went wrong on the server. Nothing is lost; please try again.", expected=False
    )
