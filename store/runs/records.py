"""Run records: a run as stored, a run to begin, and the outcome of a run."""

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
    """One turn being executed, or executed before. `input` is the question or response that started it.

    `attempt` counts takeovers, from 1. `usage` is recorded at the end of the run.
    """

    id: UUID
    conversation_id: UUID
    user: str
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
    """Run to begin, with its first events.

    Its question is `input["question"]`, or else that of the previous run. `title` becomes the title of the
    conversation if it has none yet.
    """

    conversation_id: UUID
    input: dict[str, Any]
    events: Sequence[NewEvent] = ()
    title: str | None = None
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class StartedRun:
    """Run that has begun, with its first events as logged."""

    run: Run
    events: Sequence[LoggedEvent]


@dataclass(frozen=True, slots=True)
class RunEnd:
    """Outcome of a run: error code, usage, and the interrupt it waits for.

    `pending_interrupt` is `{"id", "default"}`: after `interrupt_timeout_s` seconds without a human answer the
    default is applied. None waits indefinitely.
    """

    error: str | None = None
    usage: dict[str, Any] | None = None
    pending_interrupt: dict[str, Any] | None = None
    interrupt_timeout_s: float | None = None


_SAME_NAMES = tuple(field.name for field in fields(Run) if field.name != "user")


def read_run(row: DictRow) -> Run:
    """Convert a row of `runs`. Ignores unknown columns: a newer version may add some while this one runs."""
    return Run(user=row["user_id"], **{name: row[name] for name in _SAME_NAMES})
