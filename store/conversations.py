"""Conversations: whose they are, and which database they are about."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database import transaction
from store.errors import NotFound
from store.schema import conversations, event_batches, runs


@dataclass(frozen=True, slots=True)
class Conversation:
    """A row of turns between one asker and one database."""

    id: UUID
    asker: str
    database: str
    title: str | None
    created_at: datetime
    updated_at: datetime


COLUMNS = (
    conversations.c.id,
    conversations.c.asker,
    conversations.c.database,
    conversations.c.title,
    conversations.c.created_at,
    conversations.c.updated_at,
)


# Some hundred bytes each.
MOST_REMEMBERED = 10_000


def title_from(question: str) -> str:
    """What a conversation is called until somebody thinks of better: how its first question begins."""
    return question[:80]


class Conversations:
    """All conversations. Everything here raises `StoreUnavailable` when the store is gone."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # A single statement needs no BEGIN and COMMIT around it.
        self._at_once = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._databases: dict[tuple[str, UUID], str] = {}

    async def create(self, asker: str, database: str) -> Conversation:
        """Begin a conversation about the database of this name."""
        row = {"id": uuid4(), "asker": asker, "database": database}
        async with transaction(self._at_once) as connection:
            made = await connection.execute(insert(conversations).values(row).returning(*COLUMNS))
            return self._remembered(_read(made.one()))

    async def find(self, asker: str, id: UUID) -> Conversation:
        """Give a conversation of this asker. Raises `NotFound`, also when it is somebody else's."""
        wanted = select(*COLUMNS).where(conversations.c.id == id, conversations.c.asker == asker)
        async with transaction(self._at_once) as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise NotFound("conversation", str(id))
        return self._remembered(_read(row))

    async def database_of(self, asker: str, id: UUID) -> str:
        """Name what a conversation of this asker is about, which never changes. Raises `NotFound` as `find`.

        What was found once is remembered, also when somebody has removed the conversation since.
        """
        return self._databases.get((asker, id)) or (await self.find(asker, id)).database

    async def all_of(self, asker: str, most: int = 100) -> list[Conversation]:
        """List the conversations of this asker, the one used last first."""
        theirs = select(*COLUMNS).where(conversations.c.asker == asker)
        newest = theirs.order_by(conversations.c.updated_at.desc()).limit(most)
        async with transaction(self._at_once) as connection:
            return [_read(row) for row in await connection.execute(newest)]

    async def entitle(self, id: UUID, title: str) -> None:
        """Give it a title. One that is gone is let be."""
        # PostgreSQL keeps no zero characters in text.
        named = update(conversations).where(conversations.c.id == id).values(title=title.replace("\0", ""))
        async with transaction(self._at_once) as connection:
            await connection.execute(named)

    async def entitle_instead(self, id: UUID, title: str, before: str) -> None:
        """Give it another title, unless somebody has changed the one it had `before`."""
        given = update(conversations).values(title=title.replace("\0", ""))
        chosen = given.where(conversations.c.id == id, conversations.c.title == before.replace("\0", ""))
        async with transaction(self._at_once) as connection:
            await connection.execute(chosen)

    async def remove(self, asker: str, id: UUID) -> None:
        """Forget a conversation, its runs and their events. Raises `NotFound` as `find`."""
        mine = (conversations.c.id == id, conversations.c.asker == asker)
        async with transaction(self._engine) as connection:
            # Runs first, then the conversation, as appending locks them; else each could wait for the other.
            await connection.execute(select(runs.c.id).where(runs.c.conversation == id).with_for_update())
            gone = await connection.execute(delete(conversations).where(*mine))
            if gone.rowcount == 0:
                raise NotFound("conversation", str(id))
            await connection.execute(delete(event_batches).where(event_batches.c.conversation == id))

    def _remembered(self, found: Conversation) -> Conversation:
        if len(self._databases) >= MOST_REMEMBERED:
            self._databases.clear()
        self._databases[found.asker, found.id] = found.database
        return found


def _read(row: Row[UUID, str, str, str | None, datetime, datetime]) -> Conversation:
    return Conversation(*row)
