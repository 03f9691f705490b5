"""One run from its first event to its last: played through the graph, written down, ended in the ledger."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from langgraph.types import Command

from agent.analyst import Turn
from graph.build import Graph
from graph.events import Asked
from graph.faults import fault_of
from graph.journal import Journal, lifecycle
from graph.state import Question
from store.errors import LeaseLost
from store.runs import Ledger, LoggedEvent, NewEvent, Run, RunStatus

logger = logging.getLogger(__name__)

Input = Question | Command[Any]


class Drive:
    """Works one run to its end. Nothing it meets on the way gets out but the process's own end."""

    def __init__(
        self,
        graph: Graph,
        ledger: Ledger,
        run: Run,
        owner: str,
        tell: Callable[[UUID, Sequence[LoggedEvent]], None],
    ) -> None:
        self._graph = graph
        self._run = run
        self._journal = Journal(ledger, run, owner, tell)
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def begin(self, given: Input) -> asyncio.Task[None]:
        """Set off in a task of its own."""
        self._task = asyncio.create_task(self._to_the_end(given), name=f"run {self._run.id}")
        return self._task

    def stop(self) -> None:
        """The asker wants no more of it: ends the model's call and the target's statement too.

        Told twice (here at once, and by the notification that goes to all processes), it stops once: another
        cancellation would hit the writing of the end.
        """
        if self._task is not None and not self._stopped:
            self._task.cancel()
        self._stopped = True

    def abandon(self) -> None:
        """The run is somebody else's now: let go of it without a word."""
        if self._task is not None:
            self._task.cancel()

    async def _to_the_end(self, given: Input) -> None:
        try:
            status = await self._play(given)
        except asyncio.CancelledError:
            if not self._stopped:
                # The process is going down. The row stays as it is: whoever comes next takes it over.
                raise
            await self._end("cancelled", lifecycle(self._run, "cancelled"))
        except LeaseLost:
            logger.warning("run lost to another process", extra={"run": str(self._run.id)})
        except Exception as error:  # noqa: BLE001 – the one boundary of a run
            await self._fail(error)
        else:
            await self._end(status, lifecycle(self._run, status))

    async def _play(self, given: Input) -> RunStatus:
        """Go through the graph, to its end or to a question to the asker: `completed` or `interrupted`."""
        self._journal.put(lifecycle(self._run, "running" if self._run.attempt == 1 else "recovered"))
        if self._run.attempt > 1 and await self._is_done():
            return "completed"
        if not isinstance(given, Command):
            self._journal.put(Asked(given["question"], str(self._run.id), given["database"]))
        config: Any = {
            "configurable": {"thread_id": str(self._run.conversation)},
            "metadata": {"run": str(self._run.id)},
        }
        status: RunStatus = "completed"
        parts = self._graph.astream(
            given, config, stream_mode=["custom", "updates"], durability="exit", version="v2"
        )
        async for part in parts:
            if self._stopped:
                # A library that is just about to finish may swallow the cancellation.
                raise asyncio.CancelledError
            if part["type"] == "custom":
                self._journal.put(part["data"])
            elif part["type"] == "updates" and self._heard(part["data"]):
                status = "interrupted"
        return status

    def _heard(self, update: dict[str, Any]) -> bool:
        """Pass on what a step left behind. True when it waits for the asker."""
        asked = update.get("__interrupt__", ())
        for waiting in asked:
            self._journal.put(NewEvent("input", {"interrupt_id": waiting.id, "payload": waiting.value}))
        if answer := update.get("answer"):
            self._journal.put(values_of(answer["memory"].turns[-1]))
        return bool(asked)

    async def _is_done(self) -> bool:
        """Did the process that died get as far as the checkpoint? Then the turn must not be taken twice."""
        state = await self._graph.aget_state({"configurable": {"thread_id": str(self._run.conversation)}})
        if (state.metadata or {}).get("run") != str(self._run.id) or state.next:
            return False
        self._journal.put(values_of(state.values["memory"].turns[-1]))
        return True

    async def _fail(self, error: Exception) -> None:
        fault = fault_of(error)
        logger.log(
            logging.WARNING if fault.expected else logging.ERROR,
            "run failed",
            extra={"run": str(self._run.id), "code": fault.code},
            exc_info=None if fault.expected else error,
        )
        last = lifecycle(self._run, "failed", error=fault.sentence, code=fault.code)
        await self._end("failed", last, fault.code)

    async def _end(self, status: RunStatus, last: NewEvent, code: str | None = None) -> None:
        """Write the last event and close the row in one step: who saw the end can ask again at once."""
        try:
            await self._journal.close(status, last, code)
        except LeaseLost:
            logger.warning("run ended elsewhere", extra={"run": str(self._run.id)})


def values_of(turn: Turn) -> NewEvent:
    """The turn as a whole, for who wants no stream."""
    return NewEvent(
        "values",
        {
            "question": turn.question,
            "answer": turn.reply,
            "outcome": turn.outcome,
            "sql": turn.sql,
            "columns": list(turn.shape),
            "row_count": turn.row_count,
        },
    )
