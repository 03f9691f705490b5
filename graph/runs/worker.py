"""The runs that this process works on: begun, stopped, kept alive, taken over, handed over."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from langgraph.types import Command

from graph.access import read_standing
from graph.admin.examples import proposal_of
from graph.background_tasks import end_all
from graph.build import Graph
from graph.runs.admission import Turnstile
from graph.runs.event_writer import Journal
from graph.runs.executor import Drive, Input
from store.conversations import Conversations, title_from
from store.errors import StoreUnavailable
from store.examples import Examples, NewExample
from store.runs.events import LoggedEvent
from store.runs.queue import Backlog
from store.runs.records import Run
from store.runs.runs import Ledger

logger = logging.getLogger(__name__)

# How long a process that is asked to stop lets its runs finish.
PATIENCE_S = 3.0
# How often somebody looks for events that are old enough to be folded.
FOLD_EVERY_S = 600.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator decided about runs; None stands for no bound.

    `answer_within_s` is how long what was asked back waits before its default counts; `runs_per_asker` and
    `runs_here` how many may be under way for one asker, and in this process; `keep_events_s` how long the
    events of a run are kept whole.
    """

    lease_s: float = 10.0
    answer_within_s: float | None = None
    runs_per_asker: int | None = None
    runs_here: int | None = None
    keep_events_s: float | None = None


class Crew:
    """Works on runs. `owner` is the name of this process in the ledger."""

    def __init__(
        self,
        graph: Graph,
        ledger: Ledger,
        owner: str,
        rules: Rules,
        tell: Callable[[UUID, Sequence[LoggedEvent]], None],
    ) -> None:
        self._graph = graph
        self._ledger = ledger
        self._backlog = Backlog(ledger.database)
        self._conversations = Conversations(ledger.database.engine)
        self._examples = Examples(ledger.database.engine)
        self._owner = owner
        self._rules = rules
        self._tell = tell
        self._drives: dict[UUID, Drive] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turnstile = Turnstile(lambda: ledger.database.has_room)
        self._leaving = False

    @property
    def is_full(self) -> bool:
        """Whether more runs would only slow down those under way."""
        most = self._rules.runs_here
        return most is not None and len(self._drives) >= most

    async def _entitle(self, run: Run, title: str) -> None:
        """Replace the question that a conversation is called by until somebody thinks of better."""
        await self._conversations.entitle_instead(run.conversation, title, title_from(run.question))

    def work_on(self, run: Run, told: Sequence[LoggedEvent] = ()) -> None:
        """Begin, or begin again, with a run that is ours; `told` are the first events if they are kept."""
        if (older := self._drives.get(run.id)) is not None:
            older.abandon()
        journal = Journal(self._ledger, run, self._owner, self._tell, told)
        entitle = partial(self._entitle, run)
        drive = Drive(self._graph, run, journal, self._rules.answer_within_s, entitle)
        self._drives[run.id] = drive
        task = drive.begin(_input_of(run), self._turnstile)
        if run.cancel_requested:
            drive.stop()
        self._keep(task)
        task.add_done_callback(lambda _: self._after(run, drive, journal))

    def stop(self, run_id: UUID) -> None:
        """Stop a run, if it is ours."""
        if drive := self._drives.get(run_id):
            drive.stop()

    async def take_next(self, conversation: UUID | None = None) -> None:
        """Begin with what waits for its turn in this conversation, or in any."""
        if self._leaving or self.is_full:
            return
        for run in await self._backlog.take_next(self._owner, self._rules.lease_s, conversation):
            self.work_on(run)

    async def keep_leases(self) -> None:
        """Show signs of life, and take over what dead processes left behind. Never ends."""
        while True:
            try:
                await self._renew()
                await self._take_over()
            except StoreUnavailable:
                logger.warning("leases not renewed: the store does not answer")
            await asyncio.sleep(self._rules.lease_s / 3)

    async def fold(self) -> None:
        """Let go of the events of old runs, all but what came of them. Never ends."""
        while self._rules.keep_events_s is not None:
            try:
                while folded := await self._backlog.fold(self._rules.keep_events_s):
                    logger.info("old runs folded", extra={"count": folded})
            except StoreUnavailable:
                logger.warning("old runs not folded: the store does not answer")
            await asyncio.sleep(FOLD_EVERY_S)

    async def hear_cancels(self) -> None:
        """Stop what another process was told to stop. Never ends."""
        async for payload in self._ledger.hear_cancels():
            self.stop(UUID(payload))

    async def hand_over(self, patience_s: float) -> None:
        """Let runs finish for a while; leave the rest to whoever comes next."""
        self._leaving = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience_s)
        await end_all(self._tasks)
        await self._ledger.release(self._owner)

    async def _renew(self) -> None:
        """Keep what is ours; let go of what somebody took while we were not heard.

        A run that ended here without its end being written is not kept: it will be taken over.
        """
        ours = dict(self._drives)
        if not ours:
            return
        kept = {run.id for run in await self._ledger.renew(self._owner, self._rules.lease_s, [*ours])}
        for run_id, drive in ours.items():
            if run_id not in kept and run_id in self._drives:
                drive.abandon()

    async def _take_over(self) -> None:
        """See to dead processes, to answers that never came, and to queues that nobody serves."""
        for run in await self._ledger.take_expired(self._owner, self._rules.lease_s):
            logger.warning("run recovered", extra={"run": str(run.id), "attempt": run.attempt})
            self.work_on(run)
        for run in await self._backlog.give_defaults(self._owner, self._rules.lease_s):
            self.work_on(run)
        await self.take_next()

    def _after(self, run: Run, drive: Drive, journal: Journal) -> None:
        if self._drives.get(run.id) is drive:
            del self._drives[run.id]
        proposal = proposal_of(run, drive.turn)
        # Nothing waited when the run began. What was put in the queue since then has its number in the log.
        if not self._leaving and (proposal is not None or not journal.alone):
            self._keep(asyncio.create_task(self._next_after(run, proposal)))

    async def _next_after(self, run: Run, proposal: NewExample | None) -> None:
        try:
            if proposal is not None:
                await self._examples.propose(run.database, proposal)
            await self.take_next(run.conversation)
        except StoreUnavailable:
            logger.warning("the queue was not looked at: the store does not answer")

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _input_of(run: Run) -> Input:
    """What to give the graph to do a run."""
    if "interrupt_id" in run.input:
        answer: Command[Any] = Command(resume={run.input["interrupt_id"]: run.input["response"]})
        return answer
    told = run.input.get("standing")
    # Said in each turn: what was known of somebody in the turn before is not taken over.
    standing = None if told is None else read_standing(told)
    return {"question": run.input["question"], "database": run.database, "standing": standing}
