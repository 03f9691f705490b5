"""Who runs: starts, answers, stops and recovers runs, and lets any number of viewers follow."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from graph.access import write_standing
from graph.background_tasks import beside
from graph.build import Graph
from graph.errors import NoSuchInterrupt, NoSuchRun, QuestionUnusable, TooBusy
from graph.runs.event_follower import Watching
from graph.runs.event_writer import beginning, lifecycle
from graph.runs.snapshots import Snapshot, snapshot_of
from graph.runs.worker import PATIENCE_S, Crew, Rules
from graph.steps.interrupts import check_response
from store.access.roles import Standing
from store.conversations import Conversations, title_from
from store.errors import RunInProgress
from store.runs.events import LoggedEvent
from store.runs.queue import Backlog
from store.runs.records import NewRun, Run
from store.runs.runs import Ledger

# A question is a sentence or a few; beyond this somebody pasted a file.
MOST_QUESTION = 4_000

Strategy = Literal["reject", "enqueue", "interrupt"]


@dataclass(frozen=True, slots=True)
class Taken:
    """A question or a response that was taken. Whoever looks on after `before` sees all that comes of it."""

    run_id: UUID
    before: int


class Runner:
    """Takes questions, answers and wishes for an end. Open it with `open_runner`."""

    def __init__(
        self, graph: Graph, ledger: Ledger, conversations: Conversations, owner: str, rules: Rules
    ) -> None:
        self._graph = graph
        self._ledger = ledger
        self._backlog = Backlog(ledger.database)
        self._conversations = conversations
        self._owner = owner
        self._rules = rules
        self.patience_s = PATIENCE_S
        self.watching = Watching(ledger)
        self.crew = Crew(graph, ledger, owner, rules, self.watching.tell)

    async def start(
        self,
        asker: str,
        conversation: UUID,
        question: str,
        strategy: Strategy = "reject",
        standing: Standing | None = None,
    ) -> Taken:
        """Take a question and begin to work on it. `standing` is kept with it.

        While another run is under way the question is refused, waits for its turn, or takes its place, as the
        strategy says. What is taken is kept: it will be worked on even when this process dies. Raises
        `NotFound`, `QuestionUnusable`, `RunInProgress`, `TooManyRuns`, `TooBusy`.
        """
        question = _usable(question)
        given = {"question": question} | ({"standing": write_standing(standing)} if standing else {})
        return await self._take(asker, conversation, given, strategy)

    async def respond(self, asker: str, conversation: UUID, interrupt_id: str, response: Any) -> Taken:
        """Answer what a run asked back, in a run that goes on from there.

        Raises `NotFound`, `NoSuchInterrupt`, `ResponseUnusable`, `RunInProgress`, `TooBusy`.
        """
        snapshot = await self.state(asker, conversation)
        waiting = next((pending for pending in snapshot.interrupts if pending.id == interrupt_id), None)
        if waiting is None:
            raise NoSuchInterrupt("Nothing waits for an answer under this id.")
        check_response(waiting.payload, response)
        return await self._begin(asker, conversation, {"interrupt_id": interrupt_id, "response": response})

    async def cancel(self, asker: str, conversation: UUID, run_id: UUID | None = None) -> None:
        """Stop the run, wherever it runs, or take it out of the queue. Raises `NotFound`, `NoSuchRun`."""
        await self._conversations.find(asker, conversation)
        run = await self._ledger.request_cancel(conversation, run_id)
        if run is not None:
            self.crew.stop(run.id)
        elif run_id is None or not await self._drop(conversation, run_id):
            raise NoSuchRun("Nothing is running in this conversation.")

    async def watch(
        self, asker: str, conversation: UUID, since: int = 0
    ) -> AsyncGenerator[Sequence[LoggedEvent], None]:
        """Give every event after `since`, in order, without a gap or a double; then wait for more, for ever.

        Raises `NotFound` at the first step.
        """
        await self._conversations.find(asker, conversation)
        async with aclosing(self.watching.follow(conversation, since)) as pages:
            async for page in pages:
                yield page

    async def runs(self, asker: str, conversation: UUID, most: int = 10) -> list[Run]:
        """The runs of a conversation, the last one first. Raises `NotFound`."""
        await self._conversations.find(asker, conversation)
        return await self._ledger.of_conversation(conversation, most)

    async def run(self, asker: str, conversation: UUID, run_id: UUID) -> Run:
        """One run of a conversation. Raises `NotFound`, `NoSuchRun`."""
        await self._conversations.find(asker, conversation)
        run = await self._ledger.of(conversation, run_id)
        if run is None:
            raise NoSuchRun("There is no such run in this conversation.")
        return run

    async def event(self, asker: str, conversation: UUID, seq: int) -> LoggedEvent | None:
        """The event of this number, if it is still kept. Raises `NotFound`."""
        await self._conversations.find(asker, conversation)
        page = await self._ledger.events_after(conversation, seq - 1, 1)
        return page[0] if page and page[0].seq == seq else None

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

    async def _take(self, asker: str, conversation: UUID, given: dict[str, Any], strategy: Strategy) -> Taken:
        try:
            return await self._begin(asker, conversation, given)
        except RunInProgress:
            if strategy == "reject":
                raise
        before = await self._ledger.last_seq(conversation)
        if strategy == "interrupt":
            await self._clear(conversation)
        run_id = uuid4()
        told = lifecycle(run_id, "queued", question=given["question"])
        logged = await self._backlog.enqueue(run_id, conversation, given, told, self._rules.runs_per_asker)
        self.watching.tell(conversation, logged)
        # What was running may have ended while we wrote.
        await self.crew.take_next(conversation)
        return Taken(run_id, before)

    async def _begin(self, asker: str, conversation: UUID, given: dict[str, Any]) -> Taken:
        database = await self._conversations.database_of(asker, conversation)
        if self.crew.is_full:
            raise TooBusy("Too many questions are being worked on; please try again in a moment.")
        run_id, question = uuid4(), given.get("question")
        told = (lifecycle(run_id, "running"), beginning(run_id, given, database))
        new = NewRun(conversation, given, told, title_from(question) if question else None, run_id)
        begun = await self._ledger.begin(new, self._owner, self._rules.lease_s, self._rules.runs_per_asker)
        self.watching.tell(conversation, begun.told)
        self.crew.work_on(begun.run, begun.told)
        return Taken(run_id, begun.told[0].seq - 1)

    async def _clear(self, conversation: UUID) -> None:
        """Make way: drop what waits for its turn, and stop what runs."""
        for queued in await self._backlog.queued(conversation):
            await self._drop(conversation, queued)
        if run := await self._ledger.request_cancel(conversation):
            self.crew.stop(run.id)

    async def _drop(self, conversation: UUID, run_id: UUID) -> bool:
        logged = await self._backlog.drop(conversation, run_id, lifecycle(run_id, "cancelled"))
        if logged is None:
            return False
        self.watching.tell(conversation, logged)
        return True


@asynccontextmanager
async def open_runner(
    graph: Graph, ledger: Ledger, conversations: Conversations, rules: Rules | float
) -> AsyncIterator[Runner]:
    """Take part in the work for as long as the block lasts; then drain and hand over what is left.

    A number stands for rules with nothing but this lease.
    """
    decided = rules if isinstance(rules, Rules) else Rules(lease_s=rules)
    runner = Runner(graph, ledger, conversations, uuid4().hex, decided)
    crew, watching = runner.crew, runner.watching
    chores = (
        crew.keep_leases(),
        crew.hear_cancels(),
        crew.fold(),
        watching.hear(),
        watching.look_again(),
    )
    async with beside(*chores):
        try:
            yield runner
        finally:
            await crew.hand_over(runner.patience_s)


def _usable(question: str) -> str:
    question = question.strip()
    if not question:
        raise QuestionUnusable("The question is empty.")
    if len(question) > MOST_QUESTION:
        raise QuestionUnusable(f"The question is longer than {MOST_QUESTION:,} characters.")
    return question


def _config(conversation: UUID) -> Any:
    return {"configurable": {"thread_id": str(conversation)}}
