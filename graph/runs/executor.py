"""One run from its first event to its last: played through the graph, written down, ended in the ledger."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from langgraph.types import Command

from agent.analyst import Memory, Turn
from graph.build import Graph
from graph.emit import heard_by
from graph.events import NAMES, Drafted, RowsArrived, RunEvent, Step
from graph.runs.admission import Turnstile
from graph.runs.errors import fault_of
from graph.runs.event_writer import Journal, beginning, lifecycle
from graph.state import Question
from graph.steps.interrupts import default_of
from graph.steps.presenters import values_of
from store.errors import LeaseLost
from store.request_cache import asking_once
from store.runs.events import NewEvent
from store.runs.records import Run, RunEnd, RunStatus


class Tally:
    """Counts along with the events of one run."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._steps: dict[str, float] = {}
        self._drafts = 0
        self._rows = 0
        self._model: dict[str, Any] | None = None

    def note(self, event: RunEvent) -> None:
        """Take an event into account."""
        match event:
            case Step(node=node, ms=float(ms)):
                self._steps[node] = round(self._steps.get(node, 0.0) + ms, 1)
            case Drafted():
                self._drafts += 1
            case RowsArrived(offset=offset, rows=rows):
                self._rows = offset + len(rows)
            case _ if NAMES.get(type(event)) == "usage":
                self._model = asdict(event)

    def usage(self) -> dict[str, Any]:
        """Give what was counted, as JSON carries it."""
        told = {
            "ms": round((perf_counter() - self._began) * 1000, 1),
            "steps": self._steps,
            "drafts": self._drafts,
            "rows": self._rows,
        }
        return told if self._model is None else {**told, "model": self._model}


logger = logging.getLogger(__name__)

Input = Question | Command[Any]


class Drive:
    """Works one run to its end. Nothing it meets on the way gets out but the process's own end.

    What the run asks back waits `answer_within_s` seconds for an answer, or for ever.
    """

    def __init__(
        self,
        graph: Graph,
        run: Run,
        journal: Journal,
        answer_within_s: float | None = None,
        entitle: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """`entitle` is called with a title for the conversation, where the analyst has thought of one."""
        self._graph = graph
        self._run = run
        self._journal = journal
        self._answer_within_s = answer_within_s
        self._entitle = entitle
        self._title: str | None = None
        # What became of the question, once it is answered.
        self.turn: Turn | None = None
        self._tally = Tally()
        self._waiting: dict[str, Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._begun = False
        self._stopped = False

    def begin(self, given: Input, turnstile: Turnstile | None = None) -> asyncio.Task[None]:
        """Set off in a task of its own, which takes up the work when the turnstile lets it."""
        todo = self._to_the_end(given, turnstile or Turnstile())
        self._task = asyncio.create_task(todo, name=f"run {self._run.id}")
        return self._task

    def stop(self) -> None:
        """The asker wants no more of it: ends the model's call and the target's statement too.

        Told twice (here at once, and by the notification that goes to all processes), it stops once: another
        cancellation would hit the writing of the end.
        """
        if self._begun and self._task is not None and not self._stopped:
            self._task.cancel()
        # A task that is cancelled before its first step does nothing: it would not write the end either.
        self._stopped = True

    def abandon(self) -> None:
        """The run is somebody else's now: let go of it without a word."""
        if self._task is not None:
            self._task.cancel()

    async def _to_the_end(self, given: Input, turnstile: Turnstile) -> None:
        self._begun = True
        try:
            if self._stopped:
                raise asyncio.CancelledError
            with asking_once(), heard_by(self._tell):
                status = await self._play(given, turnstile)
        except asyncio.CancelledError:
            if not self._stopped:
                # The process is going down. The row stays as it is: whoever comes next takes it over.
                raise
            await self._end("cancelled", lifecycle(self._run.id, "cancelled"))
        except LeaseLost:
            logger.warning("run lost to another process", extra={"run": str(self._run.id)})
        except Exception as error:  # noqa: BLE001 – the one boundary of a run
            await self._fail(error)
        else:
            await self._end(status, lifecycle(self._run.id, status))

    async def _play(self, given: Input, turnstile: Turnstile) -> RunStatus:
        """Go through the graph, to its end or to a question to the asker: `completed` or `interrupted`."""
        if not self._journal.begun:
            self._journal.put(lifecycle(self._run.id, "running" if self._run.attempt == 1 else "recovered"))
            if self._run.attempt > 1 and await self._is_done():
                return "completed"
            self._journal.put(beginning(self._run.id, self._run.input, self._run.database))
            # Before the graph takes the processor: who waits sees at once that the work has begun.
            await self._journal.flush()
        await turnstile.enter()
        config: Any = {
            "configurable": {"thread_id": str(self._run.conversation)},
            "metadata": {"run": str(self._run.id)},
        }
        updates = self._graph.astream(given, config, stream_mode="updates", durability="exit")
        async for update in updates:
            if self._stopped:
                # A library that is just about to finish may swallow the cancellation.
                raise asyncio.CancelledError
            self._heard(update)
        if self._title and self._entitle:
            await self._entitle(self._title)
        return "completed" if self._waiting is None else "interrupted"

    def _tell(self, event: RunEvent) -> None:
        self._tally.note(event)
        self._journal.put(event)

    def _heard(self, updates: dict[str, Any]) -> None:
        """Pass on what a step left behind, and what it waits for."""
        for node, update in updates.items():
            if node == "__interrupt__":
                for waiting in update:
                    self._ask(waiting.id, waiting.value)
            elif node == "analyze":
                self._title = update["intent"].title
            elif node == "answer":
                self.turn = update["memory"].turns[-1]
                self._journal.put(values_of(update["memory"].turns[-1]))

    def _ask(self, interrupt_id: str, payload: Any) -> None:
        self._waiting = {"id": interrupt_id, "default": default_of(payload)}
        told = {"interrupt_id": interrupt_id, "payload": payload}
        if self._answer_within_s is not None:
            until = datetime.now(UTC) + timedelta(seconds=self._answer_within_s)
            told["expires_at"] = until.isoformat(timespec="seconds")
        self._journal.put(NewEvent("input", told))

    async def _is_done(self) -> bool:
        """Did the process that died get as far as the checkpoint? Then the turn must not be taken twice.

        A run that was broken off leaves a checkpoint too, which may hold the turn before.
        """
        state = await self._graph.aget_state({"configurable": {"thread_id": str(self._run.conversation)}})
        if (state.metadata or {}).get("run") != str(self._run.id) or state.next:
            return False
        turns = state.values.get("memory", Memory()).turns
        if not turns or turns[-1].question != state.values["question"]:
            return False
        self._journal.put(values_of(turns[-1]))
        return True

    async def _fail(self, error: Exception) -> None:
        fault = fault_of(error)
        logger.log(
            logging.WARNING if fault.expected else logging.ERROR,
            "run failed",
            extra={"run": str(self._run.id), "code": fault.code},
            exc_info=None if fault.expected else error,
        )
        last = lifecycle(self._run.id, "failed", error=fault.sentence, code=fault.code)
        await self._end("failed", last, fault.code)

    async def _end(self, status: RunStatus, last: NewEvent, code: str | None = None) -> None:
        """Write the last event and close the row in one step: who saw the end can ask again at once."""
        waits = status == "interrupted"
        end = RunEnd(
            error=code,
            usage=self._tally.usage(),
            waiting=self._waiting if waits else None,
            waits_s=self._answer_within_s if waits else None,
        )
        try:
            await self._journal.close(status, last, end)
        except LeaseLost:
            logger.warning("run ended elsewhere", extra={"run": str(self._run.id)})
