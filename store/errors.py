"""What can go wrong on the ground.

* StoreError
    * StoreUnavailable – our own PostgreSQL does not answer, or will not start
    * NotFound – no such conversation, run or connection (or not yours)
    * RunInProgress – the conversation has a run already
    * TooManyRuns – the asker has as many runs as one may have at a time
    * LeaseLost – another process has taken the run over, or it has ended
    * NameTaken – a connection of this name is there already
    * BadKey – the key that seals credentials cannot be used, or is not the one they were sealed with
    * TargetError
        * TargetUnavailable – the database being asked does not answer
        * QueryFailed – the database refused or stopped a query
    * BadConnection – a connection's address cannot be used
"""

from typing import Literal
from uuid import UUID

FailureKind = Literal[
    "unknown_name",
    "type_mismatch",
    "ambiguous",
    "syntax",
    "division_by_zero",
    "timeout",
    "permission",
    "other",
]


class StoreError(Exception):
    """Any fault of this room."""


class StoreUnavailable(StoreError):
    """Our own PostgreSQL cannot be reached or started; `str()` is one sentence, safe to show."""


class NotFound(StoreError):
    """There is no such thing, or it belongs to somebody else."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"There is no {what} named {name!r}.")
        self.what = what
        self.name = name


class RunInProgress(StoreError):
    """The conversation has a run already; `str()` is safe to show."""

    def __init__(self) -> None:
        super().__init__("A question is still being worked on in this conversation.")


class TooManyRuns(StoreError):
    """The asker has as many runs as one may have at a time; `str()` is safe to show."""

    def __init__(self) -> None:
        super().__init__("Too many of your questions are being worked on; wait for one of them.")


class LeaseLost(StoreError):
    """Another process has taken the run over, or it has ended: stop working on it."""

    def __init__(self, run: UUID) -> None:
        super().__init__(f"The run {run} is no longer ours.")
        self.run = run


class NameTaken(StoreError):
    """A connection of this name is there already; `str()` is safe to show."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a connection named {name!r} already.")
        self.name = name


class BadKey(StoreError):
    """The key that seals credentials cannot be used; `str()` is one sentence without it."""


class BadConnection(StoreError):
    """A connection's address cannot be used; `str()` is one sentence without credentials."""


class TargetError(StoreError):
    """Any fault of a database being asked."""


class TargetUnavailable(TargetError):
    """The database being asked does not answer; `str()` carries no credentials."""


class QueryFailed(TargetError):
    """The database refused or stopped a query. `reason` is for the analyst, never for a client."""

    def __init__(self, sql: str, kind: FailureKind, reason: str) -> None:
        super().__init__(f"The query failed: {kind}.")
        self.sql = sql
        self.kind = kind
        self.reason = reason
