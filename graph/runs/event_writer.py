"""Events of a run on their way into the log: encoded, coalesced, written, then told to local viewers."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter

from graph.events import NAMES, Asked, Responded, RunEvent, Said
from store.runs.events import LoggedEvent, NewEvent
from store.runs.records import Run, RunEnd, RunStatus
from store.runs.runs import Ledger

# What comes within this time shares one row of the log, and words one frame; a reader cannot tell.
COALESCE_S = 0.025
MOST_COALESCE_S = 0.25

# One for each kind: one for all tries each of them.
_payloads: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in NAMES}
GRAPH_NAME = "querent"


def lifecycle(run_id: UUID, event: str, **more: Any) -> NewEvent:
    """A turn of the run's own life: queued, running, recovered, completed, failed, interrupted, cancelled."""
    return NewEvent("lifecycle", {"event": event, "graph_name": GRAPH_NAME, "run_id": str(run_id), **more})


def beginning(run_id: UUID, given: Mapping[str, Any], database: str) -> NewEvent:
    """What a run begins with: a question, or the answer to what was asked back."""
    if "interrupt_id" in given:
        return _told(Responded(given["interrupt_id"], given["response"], given.get("by", "person")))
    return _told(Asked(given["question"], str(run_id), database))


class Journal:
    """The log of one run while it is being written.

    `put` never waits for the database: events are written together with what comes within `COALESCE_S`, or
    within three times as long as the last writing took, in order, by one task. `flush` waits until everything
    put so far is kept; it raises what the writing raised (`LeaseLost`). `told` are the events that are kept
    already: those that the run began with.
    """

    def __init__(
        self,
        ledger: Ledger,
        run: Run,
        owner: str,
        tell: Callable[[UUID, Sequence[LoggedEvent]], None],
        told: Sequence[LoggedEvent] = (),
    ) -> None:
        self.begun = bool(told)
        # Whether nobody else has written into this conversation since the run began.
        self.alone = self.begun
        self._newest = told[-1].seq if told else 0
        self._ledger = ledger
        self._run = run
        self._owner = owner
        self._tell = tell
        self._waiting: list[NewEvent] = []
        self._hurry = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._message = _Message()

    def put(self, *events: RunEvent | NewEvent) -> None:
        """Take events in; they are written soon and in order."""
        for event in events:
            self._waiting += self._encoded(event)
        if self._writer is None and self._waiting:
            self._writer = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Wait until everything put so far is kept."""
        self._hurry.set()
        while self._writer is not None:
            await asyncio.shield(self._writer)
        self._hurry.clear()

    async def close(self, status: RunStatus, last: NewEvent, end: RunEnd) -> None:
        """Write what waits with the last event and the end of the run, in one step. Raises `LeaseLost`."""
        self._waiting += self._message.closed()
        held, self._waiting = self._waiting, []
        await self.flush()
        self._kept(await self._ledger.finish(self._run, status, self._owner, end, [*held, last]))

    def _encoded(self, event: RunEvent | NewEvent) -> list[NewEvent]:
        match event:
            case NewEvent():
                return [event]
            case Said():
                return self._message.said(event.text, self._waiting)
            case _:
                return [*self._message.closed(), _told(event)]

    async def _write(self) -> None:
        """Write what comes within a moment, and again what came meanwhile, until nothing is left."""
        now = asyncio.get_running_loop().time
        moment = COALESCE_S
        while self._waiting:
            with suppress(TimeoutError):
                async with asyncio.timeout(moment):
                    await self._hurry.wait()
            batch, self._waiting = self._waiting, []
            if not batch:
                break
            began = now()
            self._kept(await self._ledger.append(self._run, batch, self._owner))
            # A store that has much to do is asked less often: a quarter of the time at most.
            moment = min(max(COALESCE_S, 3 * (now() - began)), MOST_COALESCE_S)
        self._writer = None

    def _kept(self, logged: Sequence[LoggedEvent]) -> None:
        for event in logged:
            self.alone = self.alone and event.seq == self._newest + 1
            self._newest = event.seq
        self._tell(self._run.conversation, logged)


class _Message:
    """The reply as the protocol wants it: started, pieces, finished."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._open = False

    def said(self, text: str, waiting: list[NewEvent]) -> list[NewEvent]:
        """A piece of text; it joins the piece that still waits to be written, if there is one."""
        self._text.append(text)
        if not self._open:
            self._open = True
            return [
                NewEvent("messages", {"event": "message-start", "role": "ai", "id": uuid4().hex}),
                _block("content-block-start", ""),
                _delta(text),
            ]
        last = waiting[-1] if waiting else None
        if last is not None and last.channel == "messages" and last.payload["event"] == "content-block-delta":
            waiting[-1] = _delta(last.payload["delta"]["text"] + text)
            return []
        return [_delta(text)]

    def closed(self) -> list[NewEvent]:
        """The end of the message, once, if one was begun."""
        if not self._open:
            return []
        self._open = False
        text, self._text = "".join(self._text), []
        return [_block("content-block-finish", text), NewEvent("messages", {"event": "message-finish"})]


def _told(event: RunEvent) -> NewEvent:
    # What came back from a checkpoint has lists where it had tuples; JSON knows no difference.
    return NewEvent(
        "custom", _payloads[type(event)].dump_python(event, mode="json", warnings=False), NAMES[type(event)]
    )


def _block(event: str, text: str) -> NewEvent:
    return NewEvent("messages", {"event": event, "index": 0, "content": {"type": "text", "text": text}})


def _delta(text: str) -> NewEvent:
    delta = {"type": "text-delta", "text": text}
    return NewEvent("messages", {"event": "content-block-delta", "index": 0, "delta": delta})
