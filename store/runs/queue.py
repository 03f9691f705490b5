"""Runs that wait: for their turn, for an answer that may never come, for the day their events are let go."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Json

from store.database import Database
from store.errors import NotFound, TooManyRuns
from store.runs.events import LoggedEvent, NewEvent, append
from store.runs.records import Run, run_of
from store.runs.runs import question_in
from store.runs.statements import APPEND, DROP, ENQUEUE, FOLD, GIVE_DEFAULTS, LAST_SEQ, QUEUED, TAKE_NEXT

# More questions than this behind each other are a mistake of a program.
MOST_QUEUED = 16
FOLDED_AT_ONCE = 100


class Backlog:
    """The waiting side of the ledger, shared by all processes. All of it raises `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enqueue(
        self, run_id: UUID, conversation: UUID, given: dict[str, Any], told: NewEvent, most: int | None = None
    ) -> list[LoggedEvent]:
        """Put a run at the end of its conversation's queue, with the event that says so.

        Raises `NotFound`, and `TooManyRuns` when the queue is full or the asker has `most` already.
        """
        appended = await append(
            self._database,
            ENQUEUE + APPEND,
            run_id,
            [told],
            conversation=conversation,
            question=question_in(given),
            input=Json(given),
            most_queued=MOST_QUEUED,
            most=most,
            ending=None,
        )
        if appended is None:
            known = await self._database.ask(LAST_SEQ, conversation=conversation)
            raise TooManyRuns if known else NotFound("conversation", str(conversation))
        return appended.events

    async def take_next(self, owner: str, lease_s: float, conversation: UUID | None = None) -> list[Run]:
        """Begin with the first in the queue of this conversation, or of every one, where nothing runs."""
        try:
            rows = await self._database.ask(
                TAKE_NEXT, owner=owner, lease_s=lease_s, conversation=conversation
            )
        except psycopg.errors.UniqueViolation:
            # Somebody began at the same moment; whoever ends that one looks into the queue again.
            return []
        return [run_of(row) for row in rows]

    async def queued(self, conversation: UUID) -> list[UUID]:
        """Name what waits for its turn in a conversation, the first one first."""
        return [row["id"] for row in await self._database.ask(QUEUED, conversation=conversation)]

    async def drop(self, conversation: UUID, run_id: UUID, told: NewEvent) -> list[LoggedEvent] | None:
        """Cancel a run that has not begun, with the event that says so; None when it is not in the queue."""
        appended = await append(
            self._database, DROP + APPEND, run_id, [told], conversation=conversation, ending=None
        )
        return None if appended is None else appended.events

    async def give_defaults(self, owner: str, lease_s: float) -> list[Run]:
        """Begin runs that answer, with its default, what nobody answered in time."""
        return [run_of(row) for row in await self._database.ask(GIVE_DEFAULTS, owner=owner, lease_s=lease_s)]

    async def fold(self, older_than_s: float) -> int:
        """Keep only the results of runs that ended so long ago; give how many were folded, some at a time."""
        rows = await self._database.ask(FOLD, older_than_s=older_than_s, most=FOLDED_AT_ONCE)
        return len(rows)
