"""What a run that failed says: a code for programs, a sentence for people, never the exception's text."""

from dataclasses import dataclass
from typing import Literal

from agent.errors import AnalystConfused, AnalystUnavailable
from schema_docs.errors import NotMapped
from store.errors import NotFound, StoreUnavailable, TargetUnavailable

FaultCode = Literal[
    "model_unavailable",
    "model_confused",
    "target_unavailable",
    "unknown_database",
    "not_mapped",
    "store_unavailable",
    "internal",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a run failed. `expected` faults need no traceback in the log."""

    code: FaultCode
    sentence: str
    expected: bool = True


def fault_of(error: Exception) -> Fault:
    """Name the fault behind an exception."""
    match error:
        case AnalystUnavailable():
            return Fault("model_unavailable", "The language model does not answer. Please try again later.")
        case AnalystConfused():
            return Fault(
                "model_confused", "The language model gave no usable answer. Please ask in other words."
            )
        case TargetUnavailable():
            return Fault("target_unavailable", "The database does not answer. Please try again later.")
        case NotFound():
            return Fault("unknown_database", "The database of this conversation is no longer connected.")
        case NotMapped():
            return Fault("not_mapped", "This database has not been mapped yet: run `querent map sync`.")
        case StoreUnavailable():
            return Fault(
                "store_unavailable", "The service cannot reach its own store. Please try again later."
            )
    return Fault(
        "internal", "Something went wrong on our side. Nothing is lost; please try again.", expected=False
    )
