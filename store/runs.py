"""Runs and their events: who works on what, and everything a viewer can be told again."""

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID, uuid4

from psycopg.rows import DictRow
from psycopg.types.json import Json

from store.database import Database, saying_unavailable
from store.errors import LeaseLost, NotFound, RunInProgress
from store.listening import listen
from store.run_statements import (
    APPEND,
    BEFORE_LAST_RUN,
    BEGIN,
    ENDING,
    EVENTS_AFTER,
    FIND,
    LAST_SEQ,
    RELEASE,
    RENEW,
    REQUEST_CANCEL,
    RUNNING,
    SETTLED_SEQ,
    TAKE_EXPIRED,
    WHILE_HELD,
)

RunStatus = Literal["queued", "running", "interrupted", "completed", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something to be told. `payload` is as JSON carries it."""

    channel: str
    payload: Any
    name: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """Something that was told. `seq` counts 1, 2, 3 … within its conversation, without gaps."""

    seq: int
    run_id: UUID
    channel: str
    payload: Any
    name: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One turn being worked on, or worked on once. `input` is what began it: a question, or a response."""

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


class Ledger:
    """The book of runs, shared by all processes. All of it raises `StoreUnavailable` when the store is gone.

    `owner` names a process. A run is its owner's until its lease ends; whenever somebody takes it over,
    `attempt` grows, and whoever comes with an older one is refused.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, conversation: UUID, given: dict[str, Any], owner: str, lease_s: float) -> Run:
        """Write down that a run begins; when this returns it is kept. Raises `NotFound`, `RunInProgress`.

        Its question is `given["question"]`, or else that of the run before.
        """
        question = given.get("question")
        rows = await self._ask(
            BEGIN,
            run=uuid4(),
            conversation=conversation,
            # PostgreSQL keeps no zero characters in text.
            question=None if question is None else str(question).replace("\0", ""),
            input=Json(given),
            owner=owner,
            lease_s=lease_s,
        )
        if not rows:
            await self.last_seq(conversation)
            raise RunInProgress
        return _run(rows[0])

    async def append(self, run: Run, events: Sequence[NewEvent], owner: str) -> list[LoggedEvent]:
        """Number the events and keep them, all or none, then announce them. Raises `LeaseLost`.

        The news on `querent_events` is `<conversation>:<last seq>`.
        """
        return await self._write(WHILE_HELD + APPEND, run, events, owner=owner)

    async def finish(
        self, run: Run, status: RunStatus, owner: str, error: str | None = None, last: Sequence[NewEvent] = ()
    ) -> list[LoggedEvent]:
        """End a run and append its last events in one step, so that who sees them can begin the next.

        Raises `LeaseLost`.
        """
        return await self._write(ENDING + APPEND, run, last, owner=owner, status=status, error=error)

    async def events_after(self, conversation: UUID, since: int, most: int = 500) -> list[LoggedEvent]:
        """Give the next events with a greater `seq`, in order."""
        rows = await self._ask(EVENTS_AFTER, conversation=conversation, since=since, most=most)
        return [LoggedEvent(**row) for row in rows]

    async def last_seq(self, conversation: UUID) -> int:
        """Give the number of the newest event, 0 before the first. Raises `NotFound`."""
        rows = await self._ask(LAST_SEQ, conversation=conversation)
        if not rows:
            raise NotFound("conversation", str(conversation))
        return int(rows[0]["last_seq"])

    async def settled_seq(self, conversation: UUID, as_of: datetime) -> int:
        """Give the number of the event that ended the last run that had ended then, 0 before the first."""
        rows = await self._ask(SETTLED_SEQ, conversation=conversation, as_of=as_of)
        return int(rows[0]["seq"])

    async def before_last_run(self, conversation: UUID) -> int:
        """Give the number of the last event from before the last run, 0 if that was the first."""
        rows = await self._ask(BEFORE_LAST_RUN, conversation=conversation)
        return int(rows[0]["seq"])

    async def renew(self, owner: str, lease_s: float) -> list[Run]:
        """Make all leases of an owner last from now on; give the runs it holds: no other is still its own."""
        return [_run(row) for row in await self._ask(RENEW, owner=owner, lease_s=lease_s)]

    async def take_expired(self, owner: str, lease_s: float) -> list[Run]:
        """Take over the runs whose owner gave no sign of life in time."""
        return [_run(row) for row in await self._ask(TAKE_EXPIRED, owner=owner, lease_s=lease_s)]

    async def release(self, owner: str) -> None:
        """Let others take over the runs of an owner at once."""
        await self._ask(RELEASE, owner=owner)

    async def request_cancel(self, conversation: UUID, run_id: UUID | None = None) -> Run | None:
        """Ask whoever owns the running run to stop it; None when nothing (or not that one) is running.

        The news on `querent_cancel` is the run's id.
        """
        rows = await self._ask(REQUEST_CANCEL, conversation=conversation, run=run_id)
        return _run(rows[0]) if rows else None

    async def find(self, run_id: UUID) -> Run:
        """Give a run. Raises `NotFound`."""
        rows = await self._ask(FIND, run=run_id)
        if not rows:
            raise NotFound("run", str(run_id))
        return _run(rows[0])

    async def running(self, conversation: UUID) -> Run | None:
        """Give the run being worked on in a conversation."""
        rows = await self._ask(RUNNING, conversation=conversation)
        return _run(rows[0]) if rows else None

    def listen(self, channel: str) -> AsyncGenerator[str, None]:
        """Give the news of `querent_events` or `querent_cancel`, for ever; some may be missed."""
        return listen(self._database, channel)

    async def _write(
        self, statement: LiteralString, run: Run, events: Sequence[NewEvent], **more: Any
    ) -> list[LoggedEvent]:
        rows = await self._ask(
            statement,
            run=run.id,
            attempt=run.attempt,
            count=len(events),
            channels=[event.channel for event in events],
            names=[event.name for event in events],
            payloads=[json.dumps(event.payload, allow_nan=False) for event in events],
            **more,
        )
        if not rows:
            raise LeaseLost(run.id)
        before, at = rows[0]["before"], rows[0]["at"]
        return [
            LoggedEvent(before + nth, run.id, event.channel, event.payload, event.name, at)
            for nth, event in enumerate(events, 1)
        ]

    async def _ask(self, statement: LiteralString, **given: Any) -> list[DictRow]:
        """Execute one statement, which commits by itself."""
        with saying_unavailable():
            async with self._database.pool.connection() as connection:
                cursor = await connection.execute(statement, given)
                return await cursor.fetchall() if cursor.description else []


RUN_FIELDS = tuple(field.name for field in fields(Run))


def _run(row: DictRow) -> Run:
    # A newer version may have added columns while we run.
    return Run(**{name: row[name] for name in RUN_FIELDS})
