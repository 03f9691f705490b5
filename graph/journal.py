"""Events of a run on their way into the log: encoded, coalesced, written, then told to local viewers."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter

from graph.events import NAMES, RunEvent, Said
from store.event_batches import LoggedEvent, NewEvent
from store.run_records import Run, RunEnd, RunStatus
from store.runs import Ledger

# What comes within this time shares one row of the log, and words one frame; a reader cannot tell.
COALESCE_S = 0.025

_payload: TypeAdapter[RunEvent] = TypeAdapter(RunEvent)
GRAPH_NAME = "querent"


def lifecycle(run_id: UUID, event: str, **more: Any) -> NewEvent:
    """A turn of the run's own life: queued, running, recovered, completed, failed, interrupted, cancelled."""
    return NewEvent("lifecycle", {"event": event, "graph_name": GRAPH_NAME, "run_id": str(run_id), **more})


class Journal:
    """The log of one run while it is being written.

    `put` never waits for the database: the first events are written at once, later ones together with what
    comes within `COALESCE_S`, in order, by one task. `flush` waits until everything put so far is kept; it
    raises what the writing raised (`LeaseLost`).
    """

    def __init__(
        self, ledger: Ledger, run: Run, owner: str, tell: Callable[[UUID, Sequence[LoggedEvent]], None]
    ) -> None:
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
        while self._writer is not None:
            self._hurry.set()
            await asyncio.shield(self._writer)

    async def close(self, status: RunStatus, last: NewEvent, end: RunEnd) -> None:
        """Write what waits with the last event and the end of the run, in one step. Raises `LeaseLost`."""
        self._waiting += self._message.closed()
        held, self._waiting = self._waiting, []
        await self.flush()
        logged = await self._ledger.finish(self._run, status, self._owner, end, [*held, last])
        self._tell(self._run.conversation, logged)

    def _encoded(self, event: RunEvent | NewEvent) -> list[NewEvent]:
        match event:
            case NewEvent():
                return [event]
            case Said():
                return self._message.said(event.text, self._waiting)
            case _:
                # What came back from a checkpoint has lists where it had tuples; JSON knows no difference.
                payload = _payload.dump_python(event, mode="json", warnings=False)
                return [*self._message.closed(), NewEvent("custom", payload, NAMES[type(event)])]

    async def _write(self) -> None:
        """Write what waits, and again what came meanwhile, until nothing is left."""
        while self._waiting:
            self._hurry.clear()
            batch, self._waiting = self._waiting, []
            self._tell(self._run.conversation, await self._ledger.append(self._run, batch, self._owner))
            with suppress(TimeoutError):
                async with asyncio.timeout(COALESCE_S):
                    await self._hurry.wait()
        self._writer = None


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


def _block(event: str, text: str) -> NewEvent:
    return NewEvent("messages", {"event": event, "index": 0, "content": {"type": "text", "text": text}})


def _delta(text: str) -> NewEvent:
    delta = {"type": "text-delta", "text": text}
    return NewEvent("messages", {"event": "content-block-delta", "index": 0, "delta": delta})
