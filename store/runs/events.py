"""Event log of conversations: events, and the batches of events stored as one row each."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import DictRow

from store.database import Database

# Bounds a row of the log, and with it the memory of a read, whatever the number of events.
MAX_BATCH_BYTES = 256 * 1024

# Compact, on one line.
_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Event to append. `payload` is a JSON value."""

    channel: str
    payload: Any
    name: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """Event in the log. `seq` counts 1, 2, 3 … within its conversation, without gaps.

    `size` is its approximate size in bytes. `text` is the payload as stored, JSON in ASCII; set only on
    events just written, so that forwarding them needs no second serialization.
    """

    seq: int
    run_id: UUID
    channel: str
    payload: Any
    name: str | None
    created_at: datetime
    size: int = field(default=0, compare=False)
    text: str | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PackedEvents:
    """Events serialized into batches: each body is a JSON array on one line.

    `last_positions` are the positions (from 1) of the last event of each body; `texts` the payloads alone.
    """

    last_positions: list[int]
    bodies: list[str]
    texts: list[str]


def pack_events(events: Sequence[NewEvent]) -> PackedEvents:
    """Serialize events into as few batches as `MAX_BATCH_BYTES` allows. Raises `ValueError` for non-JSON."""
    packed = PackedEvents([], [], [])
    entries: list[str] = []
    batch_bytes = 0
    for position, event in enumerate(events, 1):
        text = _to_json(event.payload)
        name = "null" if event.name is None else _to_json(event.name)
        entry = f"[{position},{_to_json(event.channel)},{name},{text}]"
        packed.texts.append(text)
        if entries and batch_bytes + len(entry) > MAX_BATCH_BYTES:
            _close_batch(packed, entries, position - 1)
            entries, batch_bytes = [], 0
        entries.append(entry)
        batch_bytes += len(entry)
    if entries:
        _close_batch(packed, entries, len(events))
    return packed


def number_events(
    run_id: UUID, base_seq: int, created_at: datetime, events: Sequence[NewEvent], texts: Sequence[str]
) -> list[LoggedEvent]:
    """Assign the sequence numbers after `base_seq` to new events."""
    return [
        LoggedEvent(
            base_seq + position,
            run_id,
            event.channel,
            event.payload,
            event.name,
            created_at,
            len(text),
            text,
        )
        for position, (event, text) in enumerate(zip(events, texts, strict=True), 1)
    ]


def unpack_events(row: DictRow, since: int) -> Iterator[LoggedEvent]:
    """Yield the events of a batch whose sequence number is greater than `since`."""
    events = json.loads(row["events"])
    average_size = len(row["events"]) // max(1, len(events))
    for position, channel, name, payload in events:
        seq = row["base_seq"] + position
        if seq > since:
            yield LoggedEvent(seq, row["run_id"], channel, payload, name, row["created_at"], average_size)


@dataclass(frozen=True, slots=True)
class AppendResult:
    """Events just appended to the log, and the row that the statement returned."""

    events: list[LoggedEvent]
    row: DictRow


async def append_events(
    database: Database,
    statement: LiteralString,
    run_id: UUID,
    events: Sequence[NewEvent],
    **parameters: Any,
) -> AppendResult | None:
    """Execute a statement that ends with `APPEND_EVENTS`; None if its condition did not hold."""
    packed = pack_events(events)
    row = await database.fetch_one(
        statement,
        run_id=run_id,
        count=len(events),
        last_positions=",".join(map(str, packed.last_positions)),
        bodies="\n".join(packed.bodies),
        **parameters,
    )
    if row is None:
        return None
    logged = number_events(run_id, row["base_seq"], row["logged_at"], events, packed.texts)
    return AppendResult(logged, row)


def _close_batch(packed: PackedEvents, entries: Sequence[str], last_position: int) -> None:
    packed.last_positions.append(last_position)
    packed.bodies.append("[" + ",".join(entries) + "]")
