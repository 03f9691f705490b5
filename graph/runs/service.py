"""Run service: starts, resumes, cancels and lists runs, and lets viewers follow their events."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from graph.access import serialize_principal
from graph.background_tasks import run_in_background
from graph.build import Assistant
from graph.errors import InterruptNotFound, InvalidQuestion, RunNotFound, TooBusy
from graph.runs.event_follower import EventFollower
from graph.runs.event_writer import first_event, lifecycle_event
from graph.runs.snapshots import Snapshot, snapshot_of
from graph.runs.worker import SHUTDOWN_TIMEOUT_S, RunWorker, WorkerConfig
from graph.steps.interrupts import check_response
from store.access.roles import Principal
from store.conversations import ConversationStore, make_title
from store.errors import RunInProgress
from store.runs.events import LoggedEvent
from store.runs.queue import RunQueue
from store.runs.records import NewRun, Run
from store.runs.runs import RunStore

# A question has one or a few sentences; anything longer is a pasted file.
MAX_QUESTION_LENGTH = 4_000

# What to do with a question while another run of its conversation is in progress.
MultitaskStrategy = Literal["reject", "enqueue", "interrupt"]


@dataclass(frozen=True, slots=True)
class AcceptedRun:
    """A run that was accepted. A viewer that follows the log after `since_seq` sees all its events."""

    run_id: UUID
    since_seq: int


class RunService:
    """Entry point for questions, responses and cancellations. Open it with `open_run_service`."""

    def __init__(
        self,
        assistant: Assistant,
        store: RunStore,
        conversations: ConversationStore,
        owner: str,
        config: WorkerConfig,
    ) -> None:
        self._graph = assistant.graph
        self._store = store
        self._queue = RunQueue(store.database)
        self._conversations = conversations
        self._owner = owner
        self._config = config
        self.shutdown_timeout_s = SHUTDOWN_TIMEOUT_S
        self.follower = EventFollower(store)
        self.worker = RunWorker(assistant, store, owner, config, self.follower.publish)

    async def start(
        self,
        user: str,
        conversation_id: UUID,
        question: str,
        strategy: MultitaskStrategy = "reject",
        principal: Principal | None = None,
    ) -> AcceptedRun:
        """Accept a question and start a run, which stores the `principal`.

        While another run of the conversation is in progress, the question is rejected, queued, or replaces
        that run, as the strategy says. An accepted run survives the death of this process. Raises `NotFound`,
        `InvalidQuestion`, `RunInProgress`, `TooManyRuns`, `TooBusy`.
        """
        input: dict[str, Any] = {"question": _validate_question(question)}
        if principal is not None:
            input["principal"] = serialize_principal(principal)
        return await self._begin_or_queue(user, conversation_id, input, strategy)

    async def respond(
        self, user: str, conversation_id: UUID, interrupt_id: str, response: Any
    ) -> AcceptedRun:
        """Answer an interrupt in a new run, which resumes with the principal of the interrupted one.

        Raises `NotFound`, `InterruptNotFound`, `InvalidResponse`, `RunInProgress`, `TooBusy`.
        """
        snapshot = await self.state(user, conversation_id)
        interrupt = next((pending for pending in snapshot.interrupts if pending.id == interrupt_id), None)
        if interrupt is None:
            raise InterruptNotFound("No request with this id is waiting for a response.")
        check_response(interrupt.payload, response)
        input = {"interrupt_id": interrupt_id, "response": response}
        recent = await self._store.list_for_conversation(conversation_id, 10)
        interrupted = next((run for run in recent if run.status == "interrupted"), None)
        if interrupted is not None and (principal := interrupted.input.get("principal")) is not None:
            input["principal"] = principal
        return await self._begin(user, conversation_id, input)

    async def cancel(self, user: str, conversation_id: UUID, run_id: UUID | None = None) -> None:
        """Stop a run in any process, or remove it from the queue. Raises `NotFound`, `RunNotFound`."""
        await self._conversations.find(user, conversation_id)
        run = await self._store.request_cancel(conversation_id, run_id)
        if run is not None:
            self.worker.stop(run.id)
        elif run_id is None or not await self._cancel_queued(conversation_id, run_id):
            raise RunNotFound("No run is in progress in this conversation.")

    async def watch(
        self, user: str, conversation_id: UUID, since: int = 0
    ) -> AsyncGenerator[Sequence[LoggedEvent], None]:
        """Yield every event after `since` in order, exactly once; then wait for more, indefinitely.

        Raises `NotFound` at the first step.
        """
        await self._conversations.find(user, conversation_id)
        async with aclosing(self.follower.follow(conversation_id, since)) as pages:
            async for page in pages:
                yield page

    async def runs(self, user: str, conversation_id: UUID, limit: int = 10) -> list[Run]:
        """Return the runs of a conversation, newest first. Raises `NotFound`."""
        await self._conversations.find(user, conversation_id)
        return await self._store.list_for_conversation(conversation_id, limit)

    async def run(self, user: str, conversation_id: UUID, run_id: UUID) -> Run:
        """Return one run of a conversation. Raises `NotFound`, `RunNotFound`."""
        await self._conversations.find(user, conversation_id)
        run = await self._store.find_in_conversation(conversation_id, run_id)
        if run is None:
            raise RunNotFound("There is no such run in this conversation.")
        return run

    async def event(self, user: str, conversation_id: UUID, seq: int) -> LoggedEvent | None:
        """Return one event, or None if it is no longer stored. Raises `NotFound`."""
        await self._conversations.find(user, conversation_id)
        page = await self._store.events_after(conversation_id, seq - 1, 1)
        return page[0] if page and page[0].seq == seq else None

    async def last_seq(self, conversation_id: UUID) -> int:
        """Return the sequence number of the newest event."""
        return await self._store.last_seq(conversation_id)

    async def settled_seq(self, user: str, conversation_id: UUID, as_of: datetime) -> int:
        """Return the sequence number at which the last run that had ended by `as_of` ended.

        Events after it belong to the present. Raises `NotFound`.
        """
        await self._conversations.find(user, conversation_id)
        return await self._store.settled_seq(conversation_id, as_of)

    async def seq_before_last_run(self, conversation_id: UUID) -> int:
        """Return the sequence number of the last event before the last run, whether it has ended or not."""
        return await self._store.seq_before_last_run(conversation_id)

    async def state(self, user: str, conversation_id: UUID) -> Snapshot:
        """Return the current state of a conversation, with its pending interrupts. Raises `NotFound`."""
        await self._conversations.find(user, conversation_id)
        return snapshot_of(await self._graph.aget_state(_config(conversation_id)))

    async def history(self, user: str, conversation_id: UUID, limit: int = 10) -> list[Snapshot]:
        """Return the last checkpoints, newest first. Raises `NotFound`."""
        await self._conversations.find(user, conversation_id)
        states = self._graph.aget_state_history(_config(conversation_id), limit=limit)
        return [snapshot_of(state) async for state in states]

    async def _begin_or_queue(
        self, user: str, conversation_id: UUID, input: dict[str, Any], strategy: MultitaskStrategy
    ) -> AcceptedRun:
        try:
            return await self._begin(user, conversation_id, input)
        except RunInProgress:
            if strategy == "reject":
                raise
        since_seq = await self._store.last_seq(conversation_id)
        if strategy == "interrupt":
            await self._cancel_all(conversation_id)
        run_id = uuid4()
        event = lifecycle_event(run_id, "queued", question=input["question"])
        events = await self._queue.enqueue(
            run_id, conversation_id, input, event, self._config.max_runs_per_user
        )
        self.follower.publish(conversation_id, events)
        # The run in progress may have ended in the meantime.
        await self.worker.claim_next(conversation_id)
        return AcceptedRun(run_id, since_seq)

    async def _begin(self, user: str, conversation_id: UUID, input: dict[str, Any]) -> AcceptedRun:
        database = await self._conversations.find_database(user, conversation_id)
        if self.worker.is_full:
            raise TooBusy("Too many questions are in progress. Please try again in a moment.")
        run_id, question = uuid4(), input.get("question")
        events = (lifecycle_event(run_id, "running"), first_event(run_id, input, database))
        new = NewRun(conversation_id, input, events, make_title(question) if question else None, run_id)
        begun = await self._store.begin(
            new, self._owner, self._config.lease_s, self._config.max_runs_per_user
        )
        self.follower.publish(conversation_id, begun.events)
        self.worker.start(begun.run, begun.events)
        return AcceptedRun(run_id, begun.events[0].seq - 1)

    async def _cancel_all(self, conversation_id: UUID) -> None:
        """Cancel the queued runs of a conversation and the one in progress."""
        for run_id in await self._queue.list_queued(conversation_id):
            await self._cancel_queued(conversation_id, run_id)
        if run := await self._store.request_cancel(conversation_id):
            self.worker.stop(run.id)

    async def _cancel_queued(self, conversation_id: UUID, run_id: UUID) -> bool:
        event = lifecycle_event(run_id, "cancelled")
        events = await self._queue.cancel_queued(conversation_id, run_id, event)
        if events is None:
            return False
        self.follower.publish(conversation_id, events)
        return True


@asynccontextmanager
async def open_run_service(
    assistant: Assistant, store: RunStore, conversations: ConversationStore, config: WorkerConfig
) -> AsyncIterator[RunService]:
    """Open a run service with its worker; at the end, wait for runs to finish and release the rest."""
    service = RunService(assistant, store, conversations, uuid4().hex, config)
    worker, follower = service.worker, service.follower
    tasks = (
        worker.keep_leases(),
        worker.listen_for_cancels(),
        worker.compact_events(),
        follower.listen(),
        follower.poll(),
    )
    async with run_in_background(*tasks):
        try:
            yield service
        finally:
            await worker.release_all(service.shutdown_timeout_s)


def _validate_question(question: str) -> str:
    question = question.strip()
    if not question:
        raise InvalidQuestion("The question is empty.")
    if len(question) > MAX_QUESTION_LENGTH:
        raise InvalidQuestion(f"The question is longer than {MAX_QUESTION_LENGTH:,} characters.")
    return question


def _config(conversation_id: UUID) -> Any:
    return {"configurable": {"thread_id": str(conversation_id)}}
