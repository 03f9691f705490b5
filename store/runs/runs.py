"""Runs and their events: who works on what, and everything a viewer can be told again."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Json

from store.database import Database
from store.errors import LeaseLost, NotFound, RunInProgress, TooManyRuns
from store.runs.events import LoggedEvent, NewEvent, append, unpack
from store.runs.notifications import listen
from store.runs.records import Begun, NewRun, Run, RunEnd, RunStatus, run_of
from store.runs.statements import (
    APPEND,
    BEFORE_LAST_RUN,
    BEGIN,
    BUSY,
    ENDING,
    EVENTS_AFTER,
    FIND,
    LAST_SEQ,
    LAST_SEQS,
    OF_CONVERSATION,
    RELEASE,
    RENEW,
    REQUEST_CANCEL,
    RUNNING,
    SETTLED_SEQ,
    TAKE_EXPIRED,
    WHILE_HELD,
)

# What is read at once: each batch is bounded in bytes, so this bounds what a slow viewer costs.
MOST_BATCHES = 8


class Ledger:
    """The book of runs, shared by all processes. All of it raises `StoreUnavailable` when the store is gone.

    `owner` names a process. A run is its owner's until its lease ends; whenever somebody takes it over,
    `attempt` grows, and whoever comes with an older one is refused.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def begin(self, new: NewRun, owner: str, lease_s: float, most: int | None = None) -> Begun:
        """Write down that a run begins, with its first events; when this returns they are kept.

        Raises `NotFound`, `RunInProgress`, and `TooManyRuns` when the asker has `most` already.
        """
        try:
            appended = await append(
                self.database,
                BEGIN,
                new.id,
                new.told,
                conversation=new.conversation,
                title=_storable(new.title),
                question=question_in(new.given),
                input=Json(new.given),
                owner=owner,
                lease_s=lease_s,
                most=most,
            )
        except UniqueViolation as error:
            raise RunInProgress from error
        if appended is None:
            raise await self._why_not(new.conversation, most)
        return Begun(run_of(appended.row), appended.events)

    async def append(self, run: Run, events: Sequence[NewEvent], owner: str) -> list[LoggedEvent]:
        """Number the events and keep them, all or none, then announce them. Raises `LeaseLost`.

        The news on `querent_events` is `<conversation>:<last seq>`.
        """
        return await self._write(WHILE_HELD + APPEND, run, events, owner=owner)

    async def finish(
        self,
        run: Run,
        status: RunStatus,
        owner: str,
        end: RunEnd = RunEnd(),  # noqa: B008 – it cannot be changed
        last: Sequence[NewEvent] = (),
    ) -> list[LoggedEvent]:
        """End a run and append its last events in one step, so that who sees them can begin the next.

        Raises `LeaseLost`.
        """
        return await self._write(
            ENDING + APPEND,
            run,
            last,
            ending=status,
            owner=owner,
            status=status,
            error=end.error,
            usage=_json(end.usage),
            waiting=_json(end.waiting),
            waits_s=end.waits_s,
        )

    async def events_after(self, conversation: UUID, since: int, most: int = 500) -> list[LoggedEvent]:
        """Give the next events with a greater `seq`, in order; none when there are no more.

        They are `most` at most, and fewer where they are large.
        """
        batches = min(most, MOST_BATCHES)
        rows = await self.database.ask(EVENTS_AFTER, conversation=conversation, since=since, most=batches)
        return [event for row in rows for event in unpack(row, since)][:most]

    async def last_seq(self, conversation: UUID) -> int:
        """Give the number of the newest event, 0 before the first. Raises `NotFound`."""
        rows = await self.database.ask(LAST_SEQ, conversation=conversation)
        if not rows:
            raise NotFound("conversation", str(conversation))
        return int(rows[0]["last_seq"])

    async def last_seqs(self, conversations: Sequence[UUID]) -> dict[UUID, int]:
        """Give the number of the newest event of each, 0 before the first; nothing for what is gone."""
        rows = await self.database.ask(LAST_SEQS, conversations=list(conversations))
        return {row["id"]: row["last_seq"] for row in rows}

    async def settled_seq(self, conversation: UUID, as_of: datetime) -> int:
        """Give the number of the event that ended the last run that had ended then, 0 before the first."""
        rows = await self.database.ask(SETTLED_SEQ, conversation=conversation, as_of=as_of)
        return int(rows[0]["seq"])

    async def before_last_run(self, conversation: UUID) -> int:
        """Give the number of the last event from before the last run, 0 if that was the first."""
        rows = await self.database.ask(BEFORE_LAST_RUN, conversation=conversation)
        return int(rows[0]["seq"])

    async def renew(self, owner: str, lease_s: float, runs: Sequence[UUID] | None = None) -> list[Run]:
        """Make the leases of an owner last from now on; give the runs it holds: no other is still its own.

        With `runs`, only of these: what an owner does not know of is not kept from others.
        """
        given = None if runs is None else list(runs)
        rows = await self.database.ask(RENEW, owner=owner, lease_s=lease_s, runs=given)
        return [run_of(row) for row in rows]

    async def take_expired(self, owner: str, lease_s: float) -> list[Run]:
        """Take over the runs whose owner gave no sign of life in time."""
        return [run_of(row) for row in await self.database.ask(TAKE_EXPIRED, owner=owner, lease_s=lease_s)]

    async def release(self, owner: str) -> None:
        """Let others take over the runs of an owner at once."""
        await self.database.ask(RELEASE, owner=owner)

    async def request_cancel(self, conversation: UUID, run_id: UUID | None = None) -> Run | None:
        """Ask whoever owns the running run to stop it; None when nothing (or not that one) is running.

        The news on `querent_cancel` is the run's id.
        """
        rows = await self.database.ask(REQUEST_CANCEL, conversation=conversation, run=run_id)
        return run_of(rows[0]) if rows else None

    async def find(self, run_id: UUID) -> Run:
        """Give a run. Raises `NotFound`."""
        rows = await self.database.ask(FIND, run=run_id)
        if not rows:
            raise NotFound("run", str(run_id))
        return run_of(rows[0])

    async def of(self, conversation: UUID, run_id: UUID) -> Run | None:
        """Give a run of this conversation; None where there is no such run, or it is another's."""
        rows = await self.database.ask(FIND, run=run_id)
        found = [run for run in map(run_of, rows) if run.conversation == conversation]
        return found[0] if found else None

    async def running(self, conversation: UUID) -> Run | None:
        """Give the run being worked on in a conversation."""
        rows = await self.database.ask(RUNNING, conversation=conversation)
        return run_of(rows[0]) if rows else None

    async def of_conversation(self, conversation: UUID, most: int = 10) -> list[Run]:
        """Give the runs of a conversation, the last one first."""
        rows = await self.database.ask(OF_CONVERSATION, conversation=conversation, most=most)
        return [run_of(row) for row in rows]

    def hear_events(self) -> AsyncGenerator[str, None]:
        """Tell for ever which log others have brought how far: `conversation:seq`; some may be missed."""
        return listen(self.database, "querent_events", of_others=True)

    def hear_cancels(self) -> AsyncGenerator[str, None]:
        """Tell for ever which runs are to be stopped; some may be missed."""
        return listen(self.database, "querent_cancel")

    async def _why_not(self, conversation: UUID, most: int | None) -> Exception:
        rows = await self.database.ask(BUSY, conversation=conversation)
        if not rows:
            return NotFound("conversation", str(conversation))
        return RunInProgress() if rows[0]["busy"] or most is None else TooManyRuns()

    async def _write(
        self,
        statement: LiteralString,
        run: Run,
        events: Sequence[NewEvent],
        ending: str | None = None,
        **more: Any,
    ) -> list[LoggedEvent]:
        appended = await append(
            self.database, statement, run.id, events, ending=ending, attempt=run.attempt, **more
        )
        if appended is None:
            raise LeaseLost(run.id)
        return appended.events


def question_in(given: dict[str, Any]) -> str | None:
    """The question that a run begins with, if it does."""
    question = given.get("question")
    return None if question is None else _storable(str(question))


def _storable(text: str | None) -> str | None:
    """A text without what PostgreSQL keeps in none."""
    return text and text.replace("\0", "")


def _json(value: Any) -> Json | None:
    return None if value is None else Json(value)
