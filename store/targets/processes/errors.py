"""Query failures as values that can be pickled by a worker process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from store.errors import FailureKind, QueryFailed, TargetUnavailable

Result = TypeVar("Result")
OUT_OF_MEMORY = "The query needs too much memory."


@dataclass(frozen=True, slots=True)
class WorkerFailure:
    """Failure of a request in a worker process; `unavailable` if the database cannot be read at all."""

    kind: FailureKind | Literal["unavailable"]
    reason: str


def capture_failures(work: Callable[[], Result]) -> Result | WorkerFailure:
    """Call a function and return expected exceptions as a value: pickling would lose their fields."""
    try:
        return work()
    except QueryFailed as failure:
        return WorkerFailure(failure.kind, failure.reason)
    except TargetUnavailable as failure:
        return WorkerFailure("unavailable", str(failure))
    except MemoryError:
        return WorkerFailure("other", OUT_OF_MEMORY)
