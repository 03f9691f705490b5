"""What a question stands on: how its connection is at the moment, found out in one step."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from store.database import Database, Pool
from store.maps.records import MapHead
from store.request_cache import once

FOOTING: LiteralString = """
    SELECT connections.id, sealed, body, salt, policies.changed_at, version, embedder,
        coalesce(count, 0) AS examples, tells_values
    FROM connections
    LEFT JOIN policies ON policies.connection_id = connections.id
    LEFT JOIN maps ON maps.connection_id = connections.id
    LEFT JOIN example_changes ON example_changes.connection_id = connections.id
    WHERE connections.name = %(name)s
"""


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """A policy's text; `salt` stays the same when the text changes, so that hashes do."""

    body: str
    salt: str = field(repr=False)
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Footing:
    """A connection as it is: its sealed address, and its policy and its map in force where it has them."""

    id: UUID
    sealed: bytes = field(repr=False)
    policy: KeptPolicy | None
    head: MapHead | None


@dataclass(frozen=True, slots=True)
class _Asked:
    database: Database = field(compare=False)
    pool: Pool
    name: str


async def footing_of(database: Database, name: str) -> Footing | None:
    """Say how the connection of this name is; once for a question. Raises `StoreUnavailable`."""
    return await once(_ask, _Asked(database, database.pool, name))


async def _ask(asked: _Asked) -> Footing | None:
    rows = await asked.database.ask(FOOTING, name=asked.name)
    if not rows:
        return None
    [row] = rows
    policy = None if row["body"] is None else KeptPolicy(row["body"], row["salt"], row["changed_at"])
    head = MapHead(row["id"], row["version"], row["embedder"], row["examples"], row["tells_values"])
    return Footing(row["id"], row["sealed"], policy, None if row["version"] is None else head)
