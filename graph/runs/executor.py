"""Execution of one run: invokes the graph, logs its events, and records its end in the run store."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from langgraph.types import Command

from agent.analyst import Memory, Turn
from graph.access import parse_principal
from graph.build import Assistant
from graph.errors import describe_failure
from graph.events import DraftWritten, RowBatch, RunEvent, StepProgress, Usage
from graph.runs.admission import AdmissionController
from graph.runs.event_writer import EventWriter, first_event, lifecycle_event
from graph.state import RunInput
from graph.steps.interrupts import default_of
from graph.steps.presenters import values_event
from store.access.roles import Principal
from store.errors import LeaseLost, StoreUnavailable
from store.runs.events import NewEvent
from store.runs.records import Run, RunEnd, RunStatus

logger = logging.getLogger(__name__)

GraphInput = RunInput | Command[Any]

# A run is retried once when the store fails: the run itself may make it fail.
MAX_STORE_ATTEMPTS = 2


class RunMetrics:
    """Usage metrics of one run, collected from its events."""

    def __init__(self) -> None:
        self._started = perf_counter()
        self._step_ms: dict[str, float] = {}
        self._drafts = 0
        self._rows = 0
        self._model: dict[str, Any] | None = None

    def record(self, event: RunEvent) -> None:
        """Update the metrics."""
        match event:
            case StepProgress(node=node, ms=float(ms)):
                self._step_ms[node] = round(self._step_ms.get(node, 0.0) + ms, 1)
            case DraftWritten():
                self._drafts += 1
            case RowBatch(offset=offset, rows=rows):
                self._rows = offset + len(rows)
            case Usage():
                self._model = asdict(event)

    def summary(self) -> dict[str, Any]:
        """Return the metrics as JSON values."""
        summary = {
            "ms": round((perf_counter() - self._started) * 1000, 1),
            "steps": self._step_ms,
            "drafts": self._drafts,
            "rows": self._rows,
        }
        return summary if self._model is None else {**summary, "model": self._model}


class RunExecutor:
    """Executes one run to its end. No exception leaves it except the cancellation of the process.

    An interrupt waits `interrupt_timeout_s` seconds for a response, or indefinitely.
    """

    def __init__(
        self,
        assistant: Assistant,
        run: Run,
        writer: EventWriter,
        interrupt_timeout_s: float | None = None,
        set_title: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """`set_title` is called with a title for the conversation, if the analyst suggests one."""
        self._graph = assistant.graph
        self._contexts = assistant.contexts
        self._run = run
        self._writer = writer
        self._interrupt_timeout_s = interrupt_timeout_s
        self._set_title = set_title
        self._title: str | None = None
        # The finished turn, once the question is answered.
        self.turn: Turn | None = None
        self._metrics = RunMetrics()
        self._interrupt: dict[str, Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = False
        self._stopped = False

    def start(self, admission: AdmissionController | None = None) -> asyncio.Task[None]:
        """Execute the run in a task of its own, as soon as admission control lets it."""
        execution = self.run(admission or AdmissionController())
        self._task = asyncio.create_task(execution, name=f"run {self._run.id}")
        return self._task

    def stop(self) -> None:
        """Cancel the run for its user, including a model call or a statement of the target in progress.

        Idempotent: a stop arrives twice (directly, and as the notification that goes to all processes), and a
        second cancellation would hit the recording of the end.
        """
        if self._started and self._task is not None and not self._stopped:
            self._task.cancel()
        # A task cancelled before its first step would do nothing, and so would not record the end either.
        self._stopped = True

    def abandon(self) -> None:
        """Stop without recording an end: another worker has taken the run over."""
        if self._task is not None:
            self._task.cancel()

    async def run(self, admission: AdmissionController) -> None:
        """Execute the run and record its end."""
        self._started = True
        try:
            if self._stopped:
                raise asyncio.CancelledError
            status = await self._execute(admission)
        except asyncio.CancelledError:
            if not self._stopped:
                # The process is shutting down. The run stays as it is, for the next worker to take over.
                raise
            await self._end("cancelled", lifecycle_event(self._run.id, "cancelled"))
        except LeaseLost:
            logger.warning("run lost to another process", extra={"run": str(self._run.id)})
        except Exception as error:  # noqa: BLE001 – the one boundary of a run
            if isinstance(error, StoreUnavailable) and self._run.attempt < MAX_STORE_ATTEMPTS:
                # Its lease is no longer renewed, so that a worker takes it over when the store is back.
                logger.warning("run interrupted by the store", extra={"run": str(self._run.id)})
            else:
                await self._fail(error)
        else:
            await self._end(status, lifecycle_event(self._run.id, status))

    async def _execute(self, admission: AdmissionController) -> RunStatus:
        """Invoke the graph to its end or to an interrupt: `completed` or `interrupted`."""
        if not self._writer.has_first_events:
            status = "running" if self._run.attempt == 1 else "recovered"
            self._writer.put(lifecycle_event(self._run.id, status))
            if self._run.attempt > 1 and await self._is_done():
                return "completed"
            self._writer.put(first_event(self._run.id, self._run.input, self._run.database))
            # Clients see that the run has started before the graph occupies the CPU.
            await self._writer.flush()
        await admission.wait()
        context = await self._contexts.create(self._run.database, _principal_of(self._run), self._emit)
        config: Any = {
            "configurable": {"thread_id": str(self._run.conversation_id)},
            "metadata": {"run": str(self._run.id)},
        }
        updates = self._graph.astream(
            _graph_input(self._run), config, context=context, stream_mode="updates", durability="exit"
        )
        async for update in updates:
            if self._stopped:
                # A library that is about to finish may swallow the cancellation.
                raise asyncio.CancelledError
            self._handle_update(update)
        if self._title and self._set_title:
            await self._set_title(self._title)
        return "completed" if self._interrupt is None else "interrupted"

    def _emit(self, event: RunEvent) -> None:
        self._metrics.record(event)
        self._writer.put(event)

    def _handle_update(self, updates: dict[str, Any]) -> None:
        for node, update in updates.items():
            if node == "__interrupt__":
                for interrupt in update:
                    self._announce_interrupt(interrupt.id, interrupt.value)
            elif node == "analyze":
                self._title = update["intent"].title
            elif node == "answer":
                self.turn = update["memory"].turns[-1]
                self._writer.put(values_event(update["memory"].turns[-1]))

    def _announce_interrupt(self, interrupt_id: str, payload: Any) -> None:
        self._interrupt = {"id": interrupt_id, "default": default_of(payload)}
        request = {"interrupt_id": interrupt_id, "payload": payload}
        if self._interrupt_timeout_s is not None:
            expires_at = datetime.now(UTC) + timedelta(seconds=self._interrupt_timeout_s)
            request["expires_at"] = expires_at.isoformat(timespec="seconds")
        self._writer.put(NewEvent("input", request))

    async def _is_done(self) -> bool:
        """Tell whether the process that died had stored this run's turn, which must not be executed again.

        An aborted run leaves a checkpoint too, which may hold the previous turn.
        """
        state = await self._graph.aget_state({"configurable": {"thread_id": str(self._run.conversation_id)}})
        if (state.metadata or {}).get("run") != str(self._run.id) or state.next:
            return False
        turns = state.values.get("memory", Memory()).turns
        if not turns or turns[-1].question != state.values["question"]:
            return False
        self._writer.put(values_event(turns[-1]))
        return True

    async def _fail(self, error: Exception) -> None:
        failure = describe_failure(error)
        logger.log(
            logging.WARNING if failure.expected else logging.ERROR,
            "run failed",
            extra={"run": str(self._run.id), "code": failure.code},
            exc_info=None if failure.expected else error,
        )
        last = lifecycle_event(self._run.id, "failed", error=failure.message, code=failure.code)
        await self._end("failed", last, failure.code)

    async def _end(self, status: RunStatus, last: NewEvent, code: str | None = None) -> None:
        """Record the last event and the end in one step: clients may start the next run at once."""
        interrupted = status == "interrupted"
        end = RunEnd(
            error=code,
            usage=self._metrics.summary(),
            pending_interrupt=self._interrupt if interrupted else None,
            interrupt_timeout_s=self._interrupt_timeout_s if interrupted else None,
        )
        try:
            await self._writer.close(status, last, end)
        except LeaseLost:
            logger.warning("run ended elsewhere", extra={"run": str(self._run.id)})


def _principal_of(run: Run) -> Principal | None:
    claims = run.input.get("principal")
    return None if claims is None else parse_principal(claims)


def _graph_input(run: Run) -> GraphInput:
    """Return the graph's input: the question, or the response that resumes an interrupted run."""
    if "interrupt_id" in run.input:
        command: Command[Any] = Command(resume={run.input["interrupt_id"]: run.input["response"]})
        return command
    return {"question": run.input["question"], "database": run.database}
