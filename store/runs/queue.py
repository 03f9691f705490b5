"""Run queue: queued runs, interrupts whose timeout has expired, and compaction of the event log."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Json

from store.database import Database
from store.errors import NotFound, TooManyRuns
from store.runs.events import LoggedEvent, NewEvent, append_events
from store.runs.records import Run, read_run
from store.runs.runs import question_in
from store.runs.statements import (
    ANSWER_EXPIRED_INTERRUPTS,
    APPEND_EVENTS,
    CANCEL_QUEUED,
    CLAIM_NEXT,
    COMPACT_EVENTS,
    ENQUEUE,
    LAST_SEQ,
    LIST_QUEUED,
)

# Per conversation: a longer queue is the mistake of a program.
MAX_QUEUED = 16
COMPACTION_BATCH = 100


class RunQueue:
    """Queue of runs, shared by all processes. All methods raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enqueue(
        self,
        run_id: UUID,
        conversation_id: UUID,
        input: dict[str, Any],
        event: NewEvent,
        max_runs: int | None = None,
    ) -> list[LoggedEvent]:
        """Append a run to the queue of its conversation, together with the event that announces it.

        Raises `NotFound`, and `TooManyRuns` if the queue is full or the user already has `max_runs` runs.
        """
        appended = await append_events(
            self._database,
            ENQUEUE + APPEND_EVENTS,
            run_id,
            [event],
            conversation_id=conversation_id,
            question=question_in(input),
            input=Json(input),
            max_queued=MAX_QUEUED,
            max_runs=max_runs,
            final_status=None,
        )
        if appended is None:
            exists = await self._database.fetch_one(LAST_SEQ, conversation_id=conversation_id)
            raise TooManyRuns if exists else NotFound("conversation", str(conversation_id))
        return appended.events

    async def claim_next(self, owner: str, lease_s: float, conversation_id: UUID | None = None) -> list[Run]:
        """Begin the first queued run of this conversation, or of each one, where no run is running."""
        try:
            rows = await self._database.fetch(
                CLAIM_NEXT, owner=owner, lease_s=lease_s, conversation_id=conversation_id
            )
        except psycopg.errors.UniqueViolation:
            # Another run began at the same moment; its owner claims the next one when it ends.
            return []
        return [read_run(row) for row in rows]

    async def list_queued(self, conversation_id: UUID) -> list[UUID]:
        """Return the ids of the queued runs of a conversation, in queue order."""
        return [row["id"] for row in await self._database.fetch(LIST_QUEUED, conversation_id=conversation_id)]

    async def cancel_queued(
        self, conversation_id: UUID, run_id: UUID, event: NewEvent
    ) -> list[LoggedEvent] | None:
        """Cancel a queued run, together with the event that announces it; None if it is not in the queue."""
        appended = await append_events(
            self._database,
            CANCEL_QUEUED + APPEND_EVENTS,
            run_id,
            [event],
            conversation_id=conversation_id,
            final_status=None,
        )
        return None if appended is None else appended.events

    async def answer_expired_interrupts(self, owner: str, lease_s: float) -> list[Run]:
        """Begin runs that respond with the default to interrupts whose timeout has expired."""
        rows = await self._database.fetch(ANSWER_EXPIRED_INTERRUPTS, owner=owner, lease_s=lease_s)
        return [read_run(row) for row in rows]

    async def compact_events(self, older_than_s: float) -> int:
        """Delete intermediate events of runs that finished that long ago, keeping questions and answers.

        Returns how many runs were compacted, `COMPACTION_BATCH` at most.
        """
        return await self._database.execute(COMPACT_EVENTS, older_than_s=older_than_s, limit=COMPACTION_BATCH)
