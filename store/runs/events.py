"""Events of conversations: what is told, and how it is kept in batches."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import DictRow

from store.database import Database

# A row of the log, and with it what is read at once, stays small however much a question brings.
MOST_BATCH = 256 * 1024

# One line, as short as can be.
_as_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something to be told. `payload` is as JSON carries it."""

    channel: str
    payload: Any
    name: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """Something that was told. `seq` counts 1, 2, 3 … within its conversation, without gaps.

    `size` is about how many bytes it takes. `text` is the payload as it is kept, JSON in ASCII, where it was
    just written: whoever passes the event on need not write it again.
    """

    seq: int
    run_id: UUID
    channel: str
    payload: Any
    name: str | None
    at: datetime
    size: int = field(default=0, compare=False)
    text: str | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Packed:
    """Events as the store takes them: `bodies`, lines of JSON, each up to the event that `lasts` names.

    `texts` are the payloads alone.
    """

    lasts: list[int]
    bodies: list[str]
    texts: list[str]


def pack(events: Sequence[NewEvent]) -> Packed:
    """Put events into few rows, in order. Raises `ValueError` for what is not JSON."""
    packed = Packed([], [], [])
    pieces: list[str] = []
    filled = 0
    for nth, event in enumerate(events, 1):
        text = _as_json(event.payload)
        name = "null" if event.name is None else _as_json(event.name)
        piece = f"[{nth},{_as_json(event.channel)},{name},{text}]"
        packed.texts.append(text)
        if pieces and filled + len(piece) > MOST_BATCH:
            _close(packed, pieces, nth - 1)
            pieces, filled = [], 0
        pieces.append(piece)
        filled += len(piece)
    if pieces:
        _close(packed, pieces, len(events))
    return packed


def numbered(
    run_id: UUID, before: int, at: datetime, events: Sequence[NewEvent], texts: Sequence[str]
) -> list[LoggedEvent]:
    """Give new events the numbers after `before`."""
    return [
        LoggedEvent(before + nth, run_id, event.channel, event.payload, event.name, at, len(text), text)
        for nth, (event, text) in enumerate(zip(events, texts, strict=True), 1)
    ]


def unpack(row: DictRow, since: int) -> Iterator[LoggedEvent]:
    """Give the events of a row that come after `since`."""
    events = json.loads(row["events"])
    share = len(row["events"]) // max(1, len(events))
    for nth, channel, name, payload in events:
        if row["before"] + nth > since:
            yield LoggedEvent(row["before"] + nth, row["run_id"], channel, payload, name, row["at"], share)


@dataclass(frozen=True, slots=True)
class Appended:
    """Events that are in the log now, and the row that says since when."""

    events: list[LoggedEvent]
    row: DictRow


async def append(
    database: Database, statement: LiteralString, run_id: UUID, events: Sequence[NewEvent], **more: Any
) -> Appended | None:
    """Execute a statement that takes `BATCHES`; None when it found nothing to append to."""
    packed = pack(events)
    lasts, bodies = ",".join(map(str, packed.lasts)), "\n".join(packed.bodies)
    rows = await database.ask(statement, run=run_id, count=len(events), lasts=lasts, bodies=bodies, **more)
    if not rows:
        return None
    row = rows[0]
    return Appended(numbered(run_id, row["before"], row["at"], events, packed.texts), row)


def _close(packed: Packed, pieces: Sequence[str], last: int) -> None:
    packed.lasts.append(last)
    packed.bodies.append("[" + ",".join(pieces) + "]")
