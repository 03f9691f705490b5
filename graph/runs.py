"""Who runs: starts, answers, stops and recovers runs, and lets any number of viewers follow."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from langgraph.types import Command

from graph.approval import check_response
from graph.broadcast import Broadcast
from graph.build import Graph
from graph.chores import end_all, report
from graph.drive import Drive, Input
from graph.errors import NoSuchInterrupt, NoSuchRun, QuestionUnusable
from graph.snapshots import Snapshot, snapshot_of
from store.conversations import Conversations
from store.errors import StoreUnavailable
from store.runs import Ledger, LoggedEvent, Run

logger = logging.getLogger(__name__)

# A question is a sentence or a few; beyond this somebody pasted a file.
MOST_QUESTION = 4_000
PAGE = 500
# A lost notification delays another process's viewers by this much at most.
LOOK_AGAIN_S = 5.0
# How long a process that is asked to stop lets its runs finish.
PATIENCE_S = 3.0


class Runner:
    """Owns the runs of this process. Open it with `open_runner`."""

    def __init__(
        self, graph: Graph, ledger: Ledger, conversations: Conversations, owner: str, lease_s: float
    ) -> None:
        self._graph = graph
        self._ledger = ledger
        self._conversations = conversations
        self._owner = owner
        self._lease_s = lease_s
        self.patience_s = PATIENCE_S
        self._broadcast = Broadcast()
        self._drives: dict[UUID, Drive] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, asker: str, conversation: UUID, question: str) -> Run:
        """Take a question and begin to work on it.

        Raises `NotFound`, `QuestionUnusable`, `RunInProgress`. What is returned is kept: it will be worked on
        even when this process dies.
        """
        question = question.strip()
        if not question:
            raise QuestionUnusable("The question is empty.")
        if len(question) > MOST_QUESTION:
            raise QuestionUnusable(f"The question is longer than {MOST_QUESTION:,} characters.")
        found = await self._conversations.find(asker, conversation)
        run = await self._ledger.begin(found.id, {"question": question}, self._owner, self._lease_s)
        if found.title is None:
            await self._conversations.entitle(found.id, question[:80])
        self._work_on(run, {"question": question, "database": found.database})
        return run

    async def respond(self, asker: str, conversation: UUID, interrupt_id: str, response: Any) -> Run:
        """Answer what a run asked back.

        Raises `NotFound`, `NoSuchInterrupt`, `ResponseUnusable`, `RunInProgress`.
        """
        snapshot = await self.state(asker, conversation)
        waiting = next((pending for pending in snapshot.interrupts if pending.id == interrupt_id), None)
        if waiting is None:
            raise NoSuchInterrupt("Nothing waits for an answer under this id.")
        check_response(waiting.payload, response)
        begun = {"interrupt_id": interrupt_id, "response": response}
        run = await self._ledger.begin(conversation, begun, self._owner, self._lease_s)
        self._work_on(run, Command(resume={interrupt_id: response}))
        return run

    async def cancel(self, asker: str, conversation: UUID, run_id: UUID | None = None) -> None:
        """Stop the run, wherever it runs. Raises `NotFound`, `NoSuchRun`."""
        await self._conversations.find(asker, conversation)
        run = await self._ledger.request_cancel(conversation, run_id)
        if run is None:
            raise NoSuchRun("Nothing is running in this conversation.")
        self._stop(run.id)

    async def watch(
        self, asker: str, conversation: UUID, since: int = 0
    ) -> AsyncGenerator[Sequence[LoggedEvent], None]:
        """Give every event after `since`, in order, without a gap or a double; then wait for more, for ever.

        Raises `NotFound` at the first step.
        """
        await self._conversations.find(asker, conversation)
        with self._broadcast.subscribed(conversation) as subscription:
            async for page in self._pages(conversation, since):
                since = page[-1].seq
                yield page
            while True:
                news = await subscription.next()
                events = [event for event in news or () if event.seq > since]
                if news is not None and (not events or events[0].seq == since + 1):
                    if events:
                        since = events[-1].seq
                        yield events
                    continue
                async for page in self._pages(conversation, since):
                    since = page[-1].seq
                    yield page

    async def last_seq(self, conversation: UUID) -> int:
        """The number of the newest event."""
        return await self._ledger.last_seq(conversation)

    async def settled_seq(self, asker: str, conversation: UUID, as_of: datetime) -> int:
        """The number of the event that ended the last run that had ended then: what follows is of now.

        Raises `NotFound`.
        """
        await self._conversations.find(asker, conversation)
        return await self._ledger.settled_seq(conversation, as_of)

    async def before_last_run(self, conversation: UUID) -> int:
        """The number of the last event from before the last run, whether that has ended or not."""
        return await self._ledger.before_last_run(conversation)

    async def state(self, asker: str, conversation: UUID) -> Snapshot:
        """What the conversation holds now, and what it waits for. Raises `NotFound`."""
        await self._conversations.find(asker, conversation)
        return snapshot_of(await self._graph.aget_state(_config(conversation)))

    async def history(self, asker: str, conversation: UUID, most: int = 10) -> list[Snapshot]:
        """The last checkpoints, newest first. Raises `NotFound`."""
        await self._conversations.find(asker, conversation)
        states = self._graph.aget_state_history(_config(conversation), limit=most)
        return [snapshot_of(state) async for state in states]

    async def _pages(self, conversation: UUID, since: int) -> AsyncIterator[Sequence[LoggedEvent]]:
        while page := await self._ledger.events_after(conversation, since, PAGE):
            since = page[-1].seq
            yield page
            if len(page) < PAGE:
                return

    def _work_on(self, run: Run, given: Input) -> None:
        if (older := self._drives.get(run.id)) is not None:
            older.abandon()
        drive = Drive(self._graph, self._ledger, run, self._owner, self._broadcast.tell)
        self._drives[run.id] = drive
        task = drive.begin(given)
        if run.cancel_requested:
            drive.stop()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._forget(run.id, drive))

    def _forget(self, run_id: UUID, drive: Drive) -> None:
        if self._drives.get(run_id) is drive:
            del self._drives[run_id]

    def _stop(self, run_id: UUID) -> None:
        if drive := self._drives.get(run_id):
            drive.stop()

    async def keep_leases(self) -> None:
        """Show signs of life, and take over what dead processes left behind. Never ends."""
        while True:
            try:
                await self._renew()
                for run in await self._ledger.take_expired(self._owner, self._lease_s):
                    logger.warning("run recovered", extra={"run": str(run.id), "attempt": run.attempt})
                    self._work_on(run, _input_of(run))
            except StoreUnavailable:
                logger.warning("leases not renewed: the store does not answer")
            await asyncio.sleep(self._lease_s / 3)

    async def _renew(self) -> None:
        """Keep what is ours; let go of what somebody took while we were not heard."""
        ours = dict(self._drives)
        kept = {run.id for run in await self._ledger.renew(self._owner, self._lease_s)}
        for run_id, drive in ours.items():
            if run_id not in kept and run_id in self._drives:
                drive.abandon()

    async def hear_events(self) -> None:
        """Pass on what other processes wrote. Never ends."""
        async for payload in self._ledger.listen("querent_events"):
            conversation, _, seq = payload.partition(":")
            self._broadcast.hint(UUID(conversation), int(seq))

    async def hear_cancels(self) -> None:
        """Stop what another process was told to stop. Never ends."""
        async for payload in self._ledger.listen("querent_cancel"):
            self._stop(UUID(payload))

    async def look_again(self) -> None:
        """Make up for lost notifications. Never ends."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            self._broadcast.look_again()

    async def hand_over(self) -> None:
        """Let runs finish for a while; leave the rest to whoever comes next."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.patience_s)
        await end_all(self._tasks)
        await self._ledger.release(self._owner)


@asynccontextmanager
async def open_runner(
    graph: Graph, ledger: Ledger, conversations: Conversations, lease_s: float
) -> AsyncIterator[Runner]:
    """Take part in the work for as long as the block lasts; then drain and hand over what is left."""
    runner = Runner(graph, ledger, conversations, owner=uuid4().hex, lease_s=lease_s)
    # Not a TaskGroup: it would wrap whatever the block raises into a group.
    chores = [
        asyncio.create_task(chore)
        for chore in (runner.keep_leases(), runner.hear_events(), runner.hear_cancels(), runner.look_again())
    ]
    for chore in chores:
        chore.add_done_callback(report)
    try:
        yield runner
    finally:
        await runner.hand_over()
        await end_all(chores)


def _input_of(run: Run) -> Input:
    """What to give the graph to do a run again."""
    if "interrupt_id" in run.input:
        return Command(resume={run.input["interrupt_id"]: run.input["response"]})
    return {"question": run.input["question"], "database": run.database}


def _config(conversation: UUID) -> Any:
    return {"configurable": {"thread_id": str(conversation)}}
