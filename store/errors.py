"""Exceptions raised by the store.

* StoreError
    * StoreUnavailable – the service's own PostgreSQL does not respond or cannot be started
    * NotFound – the conversation, run or connection does not exist, or belongs to another user
    * RunInProgress – the conversation already has a run in progress
    * TooManyRuns – the user has reached the maximum number of concurrent runs
    * LeaseLost – another process has taken over the run, or the run has ended
    * NameTaken – a connection with this name already exists
    * InvalidKey – the encryption key is malformed, or does not decrypt the stored credentials
    * InvalidConnection – the address or the name of a connection is invalid
    * TargetError
        * TargetUnavailable – the target database does not respond
        * QueryFailed – the target database rejected or cancelled a query
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
    """Base class of all store exceptions."""


class StoreUnavailable(StoreError):
    """The service's own PostgreSQL cannot be reached or started; `str()` is one sentence, safe to show."""


class NotFound(StoreError):
    """The object does not exist, or belongs to another user."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"There is no {kind} named {name!r}.")
        self.kind = kind
        self.name = name


class RunInProgress(StoreError):
    """The conversation already has a run in progress; `str()` is safe to show."""

    def __init__(self) -> None:
        super().__init__("Another question is still in progress in this conversation.")


class TooManyRuns(StoreError):
    """The user has reached the maximum number of concurrent runs; `str()` is safe to show."""

    def __init__(self) -> None:
        super().__init__("You have too many questions in progress. Please wait for one of them to finish.")


class LeaseLost(StoreError):
    """The lease of a run is lost: another process has taken the run over, or the run has ended."""

    def __init__(self, run: UUID) -> None:
        super().__init__(f"This process no longer holds the lease of run {run}.")
        self.run = run


class NameTaken(StoreError):
    """A connection with this name already exists; `str()` is safe to show."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A connection named {name!r} already exists.")
        self.name = name


class InvalidKey(StoreError):
    """The encryption key of the credentials is unusable; `str()` is one sentence that does not quote it."""


class InvalidConnection(StoreError):
    """The address or the name of a connection is invalid; `str()` is one sentence without credentials."""


class TargetError(StoreError):
    """Base class of the exceptions raised by a target database."""


class TargetUnavailable(TargetError):
    """The target database does not respond; `str()` carries no credentials."""


class QueryFailed(TargetError):
    """The target database rejected or cancelled a query. `reason` is for the analyst, never for a client."""

    def __init__(self, sql: str, kind: FailureKind, reason: str) -> None:
        super().__init__(f"The query failed: {kind}.")
        self.sql = sql
        self.kind = kind
        self.reason = reason
