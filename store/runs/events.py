"""Event log of conversations: events, and the batches of events stored as one row each."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import DictRow

from store.database import Database
from store.errors import StoreUnavailable

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


logger = logging.getLogger(__name__)

MIN_RECONNECT_DELAY_S = 0.1
MAX_RECONNECT_DELAY_S = 5.0


async def listen(database: Database, channel: str, *, exclude_own: bool = False) -> AsyncGenerator[str, None]:
    """Yield the payload of each notification on a channel. Never ends.

    Listens on a connection of its own, because LISTEN is bound to its session. `exclude_own` drops
    notifications sent through the pool of this process. A lost connection is reopened, but notifications sent
    in the meantime are lost: callers must poll from time to time.
    """
    delay_s = MIN_RECONNECT_DELAY_S
    while True:
        try:
            async with await database.connect() as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                delay_s = MIN_RECONNECT_DELAY_S
                async for notification in connection.notifies():
                    if not (exclude_own and database.owns_backend(notification.pid)):
                        yield notification.payload
        except (psycopg.OperationalError, StoreUnavailable):
            logger.warning("listener disconnected, reconnecting", extra={"channel": channel})
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, MAX_RECONNECT_DELAY_S)
