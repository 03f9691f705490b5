"""What the ledger knows of a run, and what it is told at its end."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from psycopg.rows import DictRow

from store.runs.events import LoggedEvent, NewEvent

RunStatus = Literal["queued", "running", "interrupted", "completed", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Run:
    """One turn being worked on, or worked on once. `input` is what began it: a question, or a response.

    `usage` is what it took, known at its end.
    """

    id: UUID
    conversation: UUID
    asker: str
    question: str
    database: str
    input: dict[str, Any]
    status: RunStatus
    owner: str | None
    lease_expires_at: datetime | None
    attempt: int
    cancel_requested: bool
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    usage: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that is to begin, with the events that say so.

    Its question is `given["question"]`, or else that of the run before. `title` is what the conversation is
    called from now on if it has no name yet.
    """

    conversation: UUID
    given: dict[str, Any]
    told: Sequence[NewEvent] = ()
    title: str | None = None
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that has begun, and the events that said so."""

    run: Run
    told: Sequence[LoggedEvent]


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended.

    `waiting` is `{"id", "default"}` of what it asked back: after `waits_s` seconds without an answer the
    default counts as one. None waits for ever.
    """

    error: str | None = None
    usage: dict[str, Any] | None = None
    waiting: dict[str, Any] | None = None
    waits_s: float | None = None


RUN_FIELDS = tuple(field.name for field in fields(Run))


def run_of(row: DictRow) -> Run:
    """Read a row. A newer version may have added columns while we run."""
    return Run(**{name: row[name] for name in RUN_FIELDS})
