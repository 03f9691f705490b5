"""Event log writer of one run: encodes, coalesces and stores its events, then publishes them to viewers."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter

from graph.events import EVENT_NAMES, QuestionAsked, Responded, RunEvent, TextDelta
from store.runs.events import LoggedEvent, NewEvent
from store.runs.records import Run, RunEnd, RunStatus
from store.runs.runs import RunStore

# Events within this time share one row of the log, and text chunks one frame; readers do not notice.
COALESCE_S = 0.025
MAX_COALESCE_S = 0.25

# One adapter for each class: an adapter of the union would try each of them.
_adapters: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in EVENT_NAMES}


def lifecycle_event(run_id: UUID, event: str, **details: Any) -> NewEvent:
    """Build a lifecycle event: queued, running, recovered, completed, failed, interrupted or cancelled."""
    return NewEvent("lifecycle", {"event": event, "run_id": str(run_id), **details})


def first_event(run_id: UUID, input: Mapping[str, Any], database: str) -> NewEvent:
    """Build the first event of a run: its question, or the response to an interrupt."""
    if "interrupt_id" in input:
        return _encode(Responded(input["interrupt_id"], input["response"], input.get("by", "person")))
    return _encode(QuestionAsked(input["question"], str(run_id), database))


class EventWriter:
    """Writer of one run's event log.

    `put` never waits for the database: one task writes the events in order, in batches of those that arrive
    within `COALESCE_S` or three times the duration of the last write, whichever is longer. `flush` waits
    until all events are stored; it raises what the write raised (`LeaseLost`). `first_events` are those that
    were stored together with the run.
    """

    def __init__(
        self,
        store: RunStore,
        run: Run,
        owner: str,
        publish: Callable[[UUID, Sequence[LoggedEvent]], None],
        first_events: Sequence[LoggedEvent] = (),
    ) -> None:
        self.has_first_events = bool(first_events)
        # Whether no other process has written into this conversation since the run started.
        self.is_sole_writer = self.has_first_events
        self._last_seq = first_events[-1].seq if first_events else 0
        self._store = store
        self._run = run
        self._owner = owner
        self._publish = publish
        self._pending: list[NewEvent] = []
        self._flushing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._reply = _Reply()

    def put(self, *events: RunEvent | NewEvent) -> None:
        """Add events to the log; they are written soon and in order."""
        for event in events:
            self._pending += self._encode(event)
        if self._task is None and self._pending:
            self._task = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Wait until all events are stored."""
        self._flushing.set()
        while self._task is not None:
            await asyncio.shield(self._task)
        self._flushing.clear()

    async def close(self, status: RunStatus, last: NewEvent, end: RunEnd) -> None:
        """Store the pending events, the last event and the end of the run in one step. Raises `LeaseLost`."""
        self._pending += self._reply.finish()
        pending, self._pending = self._pending, []
        await self.flush()
        self._handle_stored(await self._store.finish(self._run, status, self._owner, end, [*pending, last]))

    def _encode(self, event: RunEvent | NewEvent) -> list[NewEvent]:
        match event:
            case NewEvent():
                return [event]
            case TextDelta():
                return self._reply.add(event.text, self._pending)
            case _:
                return [*self._reply.finish(), _encode(event)]

    async def _write(self) -> None:
        """Write batches until no events are pending."""
        clock = asyncio.get_running_loop().time
        delay = COALESCE_S
        while self._pending:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._flushing.wait()
            batch, self._pending = self._pending, []
            if not batch:
                break
            started = clock()
            self._handle_stored(await self._store.append(self._run, batch, self._owner))
            # A busy store gets fewer, larger writes: they take at most a quarter of the time.
            delay = min(max(COALESCE_S, 3 * (clock() - started)), MAX_COALESCE_S)
        self._task = None

    def _handle_stored(self, events: Sequence[LoggedEvent]) -> None:
        for event in events:
            self.is_sole_writer = self.is_sole_writer and event.seq == self._last_seq + 1
            self._last_seq = event.seq
        self._publish(self._run.conversation_id, events)


class _Reply:
    """State of the reply, as events of the channel `messages`; `phase` says what each of them is.

    The phases are `started`, `text_started`, `text` (a chunk), `text_finished` (the whole text), `finished`.
    """

    def __init__(self) -> None:
        self._text: list[str] = []
        self._open = False

    def add(self, text: str, pending: list[NewEvent]) -> list[NewEvent]:
        """Encode a chunk of text, or append it to the chunk that is still pending."""
        self._text.append(text)
        if not self._open:
            self._open = True
            return [
                _reply_event("started", id=uuid4().hex),
                _reply_event("text_started"),
                _reply_event("text", text=text),
            ]
        last = pending[-1] if pending else None
        if last is not None and last.channel == "messages" and last.payload["phase"] == "text":
            pending[-1] = _reply_event("text", text=last.payload["text"] + text)
            return []
        return [_reply_event("text", text=text)]

    def finish(self) -> list[NewEvent]:
        """Encode the end of the reply, if one is open."""
        if not self._open:
            return []
        self._open = False
        text, self._text = "".join(self._text), []
        return [_reply_event("text_finished", text=text), _reply_event("finished")]


def _encode(event: RunEvent) -> NewEvent:
    # Values restored from a checkpoint have lists in place of tuples, which makes no difference in JSON.
    return NewEvent(
        "custom",
        _adapters[type(event)].dump_python(event, mode="json", warnings=False),
        EVENT_NAMES[type(event)],
    )


def _reply_event(phase: str, **values: str) -> NewEvent:
    return NewEvent("messages", {"phase": phase, **values})
