"""Failures of a query on their way out of a worker process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from store.errors import FailureKind, QueryFailed, TargetUnavailable

Reply = TypeVar("Reply")
TOO_MUCH_MEMORY = "The query needs too much memory."


@dataclass(frozen=True, slots=True)
class Fault:
    """How it failed; `kind` is `gone` when the database cannot be read at all."""

    kind: FailureKind | Literal["gone"]
    reason: str


def answered(work: Callable[[], Reply]) -> Reply | Fault:
    """Do it, and give what was expected to go wrong as a value: exceptions do not travel well."""
    try:
        return work()
    except QueryFailed as failure:
        return Fault(failure.kind, failure.reason)
    except TargetUnavailable as gone:
        return Fault("gone", str(gone))
    except MemoryError:
        return Fault("other", TOO_MUCH_MEMORY)
