"""Connection snapshot: address, policy and map version of a connection, read in one query per question."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from store.database import Database
from store.maps.records import MapHead
from store.request_cache import RequestCache

_SNAPSHOT: LiteralString = """
    SELECT connections.id, encrypted_address, share_values, body, salt, policies.updated_at, version,
        embedder, coalesce(revision, 0) AS example_revision
    FROM connections
    LEFT JOIN policies ON policies.connection_id = connections.id
    LEFT JOIN maps ON maps.connection_id = connections.id
    LEFT JOIN example_revisions ON example_revisions.connection_id = connections.id
    WHERE connections.name = %(name)s
"""


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """Text of a policy. `salt` survives changes of the text, so that masked hashes stay the same."""

    body: str
    salt: str = field(repr=False)
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ConnectionSnapshot:
    """Current state of a connection: its encrypted address, its policy and its map version, if any."""

    id: UUID
    encrypted_address: bytes = field(repr=False)
    policy: StoredPolicy | None
    head: MapHead | None


async def load_snapshot(
    database: Database, name: str, cache: RequestCache | None = None
) -> ConnectionSnapshot | None:
    """Load the current snapshot of a connection; once per cache. Raises `StoreUnavailable`."""
    return await (cache or RequestCache()).get((load_snapshot, name), lambda: _load(database, name))


async def _load(database: Database, name: str) -> ConnectionSnapshot | None:
    row = await database.fetch_one(_SNAPSHOT, name=name)
    if row is None:
        return None
    policy = None if row["body"] is None else StoredPolicy(row["body"], row["salt"], row["updated_at"])
    head = MapHead(row["id"], row["version"], row["embedder"], row["example_revision"], row["share_values"])
    return ConnectionSnapshot(
        row["id"], row["encrypted_address"], policy, None if row["version"] is None else head
    )
