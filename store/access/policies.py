"""Policy store: the access policy of each connection, as its author wrote it."""

import secrets
from typing import LiteralString

from store.connections.snapshot import StoredPolicy, load_snapshot
from store.database import Database
from store.errors import NotFound
from store.request_cache import RequestCache

# A replaced policy keeps its salt, so that hash masks keep producing the same hashes.
_SAVE: LiteralString = """
    INSERT INTO policies (connection_id, body, salt)
    SELECT id, %(body)s, %(salt)s FROM connections WHERE name = %(name)s FOR UPDATE
    ON CONFLICT (connection_id) DO UPDATE SET body = excluded.body, updated_at = now()
"""
_REMOVE: LiteralString = """
    DELETE FROM policies USING connections WHERE connection_id = connections.id AND name = %(name)s
"""


class PolicyStore:
    """Repository of access policies. All methods raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, connection_name: str, cache: RequestCache | None = None) -> StoredPolicy | None:
        """Return the policy of a connection, None if it has none or does not exist."""
        snapshot = await load_snapshot(self._database, connection_name, cache)
        return None if snapshot is None else snapshot.policy

    async def save(self, connection_name: str, body: str) -> None:
        """Put a policy in force, replacing the previous one. Raises `NotFound`."""
        saved = await self._database.execute(
            _SAVE, name=connection_name, body=body, salt=secrets.token_hex(16)
        )
        if saved == 0:
            raise NotFound("connection", connection_name)

    async def remove(self, connection_name: str) -> bool:
        """Remove the policy, which lifts all restrictions. Returns False if there was none."""
        return await self._database.execute(_REMOVE, name=connection_name) > 0
