"""Run store: run records with leases, and the event log that viewers replay."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Json

from store.database import Database, remove_nul
from store.errors import LeaseLost, NotFound, RunInProgress, TooManyRuns
from store.runs.events import LoggedEvent, NewEvent, append_events, listen, unpack_events
from store.runs.records import NewRun, Run, RunEnd, RunStatus, StartedRun, read_run
from store.runs.statements import (
    APPEND_EVENTS,
    BEGIN_RUN,
    CLAIM_EXPIRED,
    EVENTS_AFTER,
    FIND_RUN,
    FIND_RUNNING,
    FINISH_RUN,
    IS_BUSY,
    LAST_SEQ,
    LAST_SEQS,
    LIST_RUNS,
    RELEASE_LEASES,
    RENEW_LEASES,
    REQUEST_CANCEL,
    SEQ_BEFORE_LAST_RUN,
    SETTLED_SEQ,
    WITH_LEASE,
)

# Per read. Batches are bounded in bytes, so this bounds the memory that a slow viewer occupies.
MAX_BATCHES = 8


class RunStore:
    """Repository of runs and their events, shared by all processes. All methods raise `StoreUnavailable`.

    `owner` identifies a process. A run belongs to its owner until its lease expires. Each takeover increments
    `attempt`; writes of an earlier attempt are rejected with `LeaseLost`.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def begin(self, new: NewRun, owner: str, lease_s: float, max_runs: int | None = None) -> StartedRun:
        """Create a running run with its first events, durably and in one statement.

        Raises `NotFound`, `RunInProgress`, and `TooManyRuns` if the user already has `max_runs` runs.
        """
        try:
            appended = await append_events(
                self.database,
                BEGIN_RUN,
                new.id,
                new.events,
                conversation_id=new.conversation_id,
                title=new.title and remove_nul(new.title),
                question=question_in(new.input),
                input=Json(new.input),
                owner=owner,
                lease_s=lease_s,
                max_runs=max_runs,
            )
        except UniqueViolation as error:
            raise RunInProgress from error
        if appended is None:
            raise await self._explain_refusal(new.conversation_id, max_runs)
        return StartedRun(read_run(appended.row), appended.events)

    async def append(self, run: Run, events: Sequence[NewEvent], owner: str) -> list[LoggedEvent]:
        """Number and store the events, all or none, and notify other processes. Raises `LeaseLost`.

        The notification on `querent_events` is `<conversation id>:<last seq>`.
        """
        return await self._append(WITH_LEASE + APPEND_EVENTS, run, events, owner=owner)

    async def finish(
        self,
        run: Run,
        status: RunStatus,
        owner: str,
        end: RunEnd = RunEnd(),  # noqa: B008 – immutable
        last: Sequence[NewEvent] = (),
    ) -> list[LoggedEvent]:
        """End a run and append its last events in one statement. Raises `LeaseLost`.

        A client that receives the last event can begin the next run at once.
        """
        return await self._append(
            FINISH_RUN + APPEND_EVENTS,
            run,
            last,
            final_status=status,
            owner=owner,
            status=status,
            error=end.error,
            usage=_json(end.usage),
            pending_interrupt=_json(end.pending_interrupt),
            interrupt_timeout_s=end.interrupt_timeout_s,
        )

    async def events_after(self, conversation_id: UUID, since: int, limit: int = 500) -> list[LoggedEvent]:
        """Return the next events with a greater `seq`, in order; empty if there are none.

        At most `limit` events; fewer if they are large.
        """
        rows = await self.database.fetch(
            EVENTS_AFTER, conversation_id=conversation_id, since=since, limit=min(limit, MAX_BATCHES)
        )
        return [event for row in rows for event in unpack_events(row, since)][:limit]

    async def last_seq(self, conversation_id: UUID) -> int:
        """Return the sequence number of the newest event, 0 if there is none. Raises `NotFound`."""
        row = await self.database.fetch_one(LAST_SEQ, conversation_id=conversation_id)
        if row is None:
            raise NotFound("conversation", str(conversation_id))
        return int(row["last_seq"])

    async def last_seqs(self, conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Return the sequence number of the newest event of each existing conversation, 0 without events."""
        rows = await self.database.fetch(LAST_SEQS, conversation_ids=list(conversation_ids))
        return {row["id"]: row["last_seq"] for row in rows}

    async def settled_seq(self, conversation_id: UUID, as_of: datetime) -> int:
        """Return the sequence number of the event that ended the last run finished by `as_of`, or 0."""
        row = await self.database.fetch_one(SETTLED_SEQ, conversation_id=conversation_id, as_of=as_of)
        return 0 if row is None else int(row["last_seq"])

    async def seq_before_last_run(self, conversation_id: UUID) -> int:
        """Return the sequence number of the last event before the last run, 0 if that was the first run."""
        row = await self.database.fetch_one(SEQ_BEFORE_LAST_RUN, conversation_id=conversation_id)
        return 0 if row is None else int(row["last_seq"])

    async def renew_leases(
        self, owner: str, lease_s: float, run_ids: Sequence[UUID] | None = None
    ) -> list[Run]:
        """Extend the leases of an owner by `lease_s` from now. Returns the runs it still owns.

        With `run_ids` only those are extended: runs the owner does not know of are left to expire.
        """
        rows = await self.database.fetch(
            RENEW_LEASES, owner=owner, lease_s=lease_s, run_ids=None if run_ids is None else list(run_ids)
        )
        return [read_run(row) for row in rows]

    async def claim_expired(self, owner: str, lease_s: float) -> list[Run]:
        """Take over all runs whose lease has expired."""
        rows = await self.database.fetch(CLAIM_EXPIRED, owner=owner, lease_s=lease_s)
        return [read_run(row) for row in rows]

    async def release_leases(self, owner: str) -> None:
        """Expire the leases of an owner, so that other processes take its runs over at once."""
        await self.database.execute(RELEASE_LEASES, owner=owner)

    async def request_cancel(self, conversation_id: UUID, run_id: UUID | None = None) -> Run | None:
        """Ask the owner of the running run to stop it; None if no run (or another one) is running.

        The notification on `querent_cancel` is the id of the run.
        """
        row = await self.database.fetch_one(REQUEST_CANCEL, conversation_id=conversation_id, run_id=run_id)
        return None if row is None else read_run(row)

    async def find(self, run_id: UUID) -> Run:
        """Return a run. Raises `NotFound`."""
        row = await self.database.fetch_one(FIND_RUN, run_id=run_id)
        if row is None:
            raise NotFound("run", str(run_id))
        return read_run(row)

    async def find_in_conversation(self, conversation_id: UUID, run_id: UUID) -> Run | None:
        """Return a run of this conversation; None if there is no such run or it belongs to another one."""
        row = await self.database.fetch_one(FIND_RUN, run_id=run_id)
        return None if row is None or row["conversation_id"] != conversation_id else read_run(row)

    async def find_running(self, conversation_id: UUID) -> Run | None:
        """Return the running run of a conversation, if any."""
        row = await self.database.fetch_one(FIND_RUNNING, conversation_id=conversation_id)
        return None if row is None else read_run(row)

    async def list_for_conversation(self, conversation_id: UUID, limit: int = 10) -> list[Run]:
        """Return the runs of a conversation, newest first."""
        rows = await self.database.fetch(LIST_RUNS, conversation_id=conversation_id, limit=limit)
        return [read_run(row) for row in rows]

    def listen_for_events(self) -> AsyncGenerator[str, None]:
        """Yield `<conversation id>:<seq>` when another process appends. Never ends; may miss some."""
        return listen(self.database, "querent_events", exclude_own=True)

    def listen_for_cancels(self) -> AsyncGenerator[str, None]:
        """Yield the id of each run to be stopped. Never ends; may miss some."""
        return listen(self.database, "querent_cancel")

    async def _explain_refusal(self, conversation_id: UUID, max_runs: int | None) -> Exception:
        row = await self.database.fetch_one(IS_BUSY, conversation_id=conversation_id)
        if row is None:
            return NotFound("conversation", str(conversation_id))
        return RunInProgress() if row["is_busy"] or max_runs is None else TooManyRuns()

    async def _append(
        self,
        statement: LiteralString,
        run: Run,
        events: Sequence[NewEvent],
        final_status: str | None = None,
        **parameters: Any,
    ) -> list[LoggedEvent]:
        appended = await append_events(
            self.database,
            statement,
            run.id,
            events,
            final_status=final_status,
            attempt=run.attempt,
            **parameters,
        )
        if appended is None:
            raise LeaseLost(run.id)
        return appended.events


def question_in(input: dict[str, Any]) -> str | None:
    """Return the question that starts a run, None if a response does."""
    question = input.get("question")
    return None if question is None else remove_nul(str(question))


def _json(value: Any) -> Json | None:
    return None if value is None else Json(value)
