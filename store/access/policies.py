"""The policy of each connection, as somebody wrote it."""

import secrets

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from store.connections.snapshot import KeptPolicy, footing_of
from store.database import Database, transaction
from store.errors import NotFound
from store.schema import connections, policies


class Policies:
    """All policies. Everything here raises `StoreUnavailable` when the store is gone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = database.engine

    async def of(self, connection: str) -> KeptPolicy | None:
        """Give the policy of the connection of this name, or None where it has none."""
        found = await footing_of(self._database, connection)
        return None if found is None else found.policy

    async def keep(self, connection: str, body: str) -> None:
        """Put a policy in force, in the place of the one before. Raises `NotFound`."""
        found = select(connections.c.id).where(connections.c.name == connection)
        async with transaction(self._engine) as opened:
            id = (await opened.execute(found.with_for_update())).scalar_one_or_none()
            if id is None:
                raise NotFound("connection", connection)
            kept = insert(policies).values(connection_id=id, body=body, salt=secrets.token_hex(16))
            changed = {"body": body, "changed_at": func.now()}
            await opened.execute(kept.on_conflict_do_update(index_elements=["connection_id"], set_=changed))

    async def drop(self, connection: str) -> bool:
        """Let everybody see everything again. False when there was no policy."""
        found = select(connections.c.id).where(connections.c.name == connection)
        gone = delete(policies).where(policies.c.connection_id == found.scalar_subquery())
        async with transaction(self._engine) as opened:
            return (await opened.execute(gone)).rowcount > 0
