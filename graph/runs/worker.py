"""Run worker of one process: starts, stops and takes over runs, renews their leases, and releases them."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from graph.admin.examples import propose_example
from graph.background_tasks import cancel_all
from graph.build import Assistant
from graph.errors import RUN_ABANDONED
from graph.runs.admission import AdmissionController
from graph.runs.event_writer import EventWriter, lifecycle_event
from graph.runs.executor import RunExecutor
from store.conversations import ConversationStore, make_title
from store.errors import LeaseLost, StoreUnavailable
from store.examples import ExampleStore, NewExample
from store.runs.events import LoggedEvent
from store.runs.queue import RunQueue
from store.runs.records import Run, RunEnd
from store.runs.runs import RunStore

logger = logging.getLogger(__name__)

# How long a process that shuts down waits for its runs to finish.
SHUTDOWN_TIMEOUT_S = 3.0
# Interval of the search for events old enough to be compacted.
COMPACT_EVERY_S = 600.0
# A run that two workers lost may be the cause: it is not handed to a third.
MAX_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """Configuration of the run worker; None means unlimited.

    `interrupt_timeout_s` is the time an interrupt waits for a response before its default applies;
    `max_runs_per_user` and `max_runs` limit the runs in progress per user and per process; `keep_events_s` is
    the age at which the events of a run are compacted.
    """

    lease_s: float = 10.0
    interrupt_timeout_s: float | None = None
    max_runs_per_user: int | None = None
    max_runs: int | None = None
    keep_events_s: float | None = None


class RunWorker:
    """Executes runs in this process, which the run store knows as `owner`."""

    def __init__(
        self,
        assistant: Assistant,
        store: RunStore,
        owner: str,
        config: WorkerConfig,
        publish: Callable[[UUID, Sequence[LoggedEvent]], None],
    ) -> None:
        self._assistant = assistant
        self._store = store
        self._queue = RunQueue(store.database)
        self._conversations = ConversationStore(store.database)
        self._examples = ExampleStore(store.database)
        self._owner = owner
        self._config = config
        self._publish = publish
        self._executors: dict[UUID, RunExecutor] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._admission = AdmissionController(lambda: store.database.has_free_connection)
        self._shutting_down = False

    @property
    def is_full(self) -> bool:
        """Whether this process has reached its limit of concurrent runs."""
        max_runs = self._config.max_runs
        return max_runs is not None and len(self._executors) >= max_runs

    def start(self, run: Run, first_events: Sequence[LoggedEvent] = ()) -> None:
        """Start or restart a run this process owns; `first_events` are those already stored."""
        if (previous := self._executors.get(run.id)) is not None:
            previous.abandon()
        writer = EventWriter(self._store, run, self._owner, self._publish, first_events)
        set_title = partial(self._set_title, run)
        executor = RunExecutor(self._assistant, run, writer, self._config.interrupt_timeout_s, set_title)
        self._executors[run.id] = executor
        task = executor.start(self._admission)
        if run.cancel_requested:
            executor.stop()
        self._hold(task)
        task.add_done_callback(lambda _: self._handle_end(run, executor, writer))

    def stop(self, run_id: UUID) -> None:
        """Stop a run if this process owns it."""
        if executor := self._executors.get(run_id):
            executor.stop()

    async def claim_next(self, conversation_id: UUID | None = None) -> None:
        """Start the next queued run of this conversation, or of all conversations."""
        if self._shutting_down or self.is_full:
            return
        for run in await self._queue.claim_next(self._owner, self._config.lease_s, conversation_id):
            self.start(run)

    async def keep_leases(self) -> None:
        """Renew the leases of this worker's runs, and take over expired ones. Never returns."""
        while True:
            try:
                await self._renew()
                await self._take_over()
            except StoreUnavailable:
                logger.warning("leases not renewed: the store is unavailable")
            await asyncio.sleep(self._config.lease_s / 3)

    async def compact_events(self) -> None:
        """Compact the events of old runs to their results, periodically. Returns only if this is disabled."""
        while self._config.keep_events_s is not None:
            try:
                while count := await self._queue.compact_events(self._config.keep_events_s):
                    logger.info("events of old runs compacted", extra={"count": count})
            except StoreUnavailable:
                logger.warning("events of old runs not compacted: the store is unavailable")
            await asyncio.sleep(COMPACT_EVERY_S)

    async def listen_for_cancels(self) -> None:
        """Stop runs whose cancellation another process received. Never returns."""
        async for payload in self._store.listen_for_cancels():
            self.stop(UUID(payload))

    async def release_all(self, timeout_s: float) -> None:
        """Wait for runs to finish, then cancel the rest and release their leases to other workers."""
        self._shutting_down = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        await cancel_all(self._tasks)
        await self._store.release_leases(self._owner)

    async def _renew(self) -> None:
        """Renew the leases of our runs; abandon those another worker has taken over.

        The lease of a run that ended without recording its end is not renewed, so that it is taken over.
        """
        executors = dict(self._executors)
        if not executors:
            return
        renewed = await self._store.renew_leases(self._owner, self._config.lease_s, [*executors])
        lost = executors.keys() - {run.id for run in renewed}
        for run_id in lost & self._executors.keys():
            executors[run_id].abandon()

    async def _take_over(self) -> None:
        """Start runs of dead processes, responses by default, and queued runs that no process has claimed."""
        for run in await self._store.claim_expired(self._owner, self._config.lease_s):
            if run.attempt > MAX_ATTEMPTS:
                await self._fail_abandoned(run)
                continue
            logger.warning("run recovered", extra={"run": str(run.id), "attempt": run.attempt})
            self.start(run)
        for run in await self._queue.answer_expired_interrupts(self._owner, self._config.lease_s):
            self.start(run)
        await self.claim_next()

    async def _fail_abandoned(self, run: Run) -> None:
        """End a run that too many workers lost.

        If the store fails meanwhile, the lease expires again and another worker ends the run.
        """
        logger.error("run abandoned", extra={"run": str(run.id), "attempt": run.attempt})
        failure = RUN_ABANDONED
        last = lifecycle_event(run.id, "failed", error=failure.message, code=failure.code)
        try:
            events = await self._store.finish(run, "failed", self._owner, RunEnd(failure.code), [last])
        except LeaseLost:
            logger.warning("run ended elsewhere", extra={"run": str(run.id)})
        else:
            self._publish(run.conversation_id, events)

    def _handle_end(self, run: Run, executor: RunExecutor, writer: EventWriter) -> None:
        if self._executors.get(run.id) is executor:
            del self._executors[run.id]
        proposal = propose_example(run, executor.turn)
        # The queue was empty when the run started; a run queued since then has taken a number in the log.
        if not self._shutting_down and (proposal is not None or not writer.is_sole_writer):
            self._hold(asyncio.create_task(self._follow_up(run, proposal)))

    async def _follow_up(self, run: Run, proposal: NewExample | None) -> None:
        try:
            if proposal is not None:
                await self._examples.propose(run.database, proposal)
            await self.claim_next(run.conversation_id)
        except StoreUnavailable:
            logger.warning("queue not checked: the store is unavailable")

    async def _set_title(self, run: Run, title: str) -> None:
        """Replace the provisional title of a conversation, which is its first question."""
        await self._conversations.replace_title(run.conversation_id, title, make_title(run.question))

    def _hold(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
