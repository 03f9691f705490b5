"""Conversation store: the conversations of each user, and the database each is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID, uuid4

from psycopg.rows import DictRow

from store.database import Database, remove_nul
from store.errors import NotFound

# Some hundred bytes each.
MAX_CACHED_CONVERSATIONS = 10_000
MAX_TITLE_LENGTH = 80

_CREATE: LiteralString = """
    INSERT INTO conversations (id, user_id, database) VALUES (%(id)s, %(user)s, %(database)s)
    RETURNING id, user_id, database, title, created_at, updated_at
"""
_FIND: LiteralString = """
    SELECT id, user_id, database, title, created_at, updated_at FROM conversations
    WHERE id = %(id)s AND user_id = %(user)s
"""
_LIST: LiteralString = """
    SELECT id, user_id, database, title, created_at, updated_at FROM conversations
    WHERE user_id = %(user)s ORDER BY updated_at DESC LIMIT %(limit)s
"""
_SET_TITLE: LiteralString = "UPDATE conversations SET title = %(title)s WHERE id = %(id)s"
_REPLACE_TITLE: LiteralString = """
    UPDATE conversations SET title = %(title)s WHERE id = %(id)s AND title = %(previous)s
"""
# Appending locks the run before the conversation; the opposite order here could deadlock with it.
_LOCK_RUNS: LiteralString = "SELECT id FROM runs WHERE conversation_id = %(id)s FOR UPDATE"
_DELETE: LiteralString = "DELETE FROM conversations WHERE id = %(id)s AND user_id = %(user)s"
_DELETE_EVENTS: LiteralString = "DELETE FROM event_batches WHERE conversation_id = %(id)s"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Series of turns of one user about one database."""

    id: UUID
    user: str
    database: str
    title: str | None
    created_at: datetime
    updated_at: datetime


def make_title(question: str) -> str:
    """Return the provisional title of a conversation: the beginning of its first question."""
    return question[:MAX_TITLE_LENGTH]


class ConversationStore:
    """Repository of conversations. All methods raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cached_databases: dict[tuple[str, UUID], str] = {}

    async def create(self, user: str, database: str) -> Conversation:
        """Create a conversation about the connection with this name."""
        row = await self._database.fetch_one(_CREATE, id=uuid4(), user=user, database=database)
        assert row is not None
        return self._cache(_read(row))

    async def find(self, user: str, id: UUID) -> Conversation:
        """Return a conversation of this user. Raises `NotFound`, also if it belongs to another user."""
        row = await self._database.fetch_one(_FIND, id=id, user=user)
        if row is None:
            raise NotFound("conversation", str(id))
        return self._cache(_read(row))

    async def find_database(self, user: str, id: UUID) -> str:
        """Return the name of the connection that a conversation is about. Raises `NotFound` like `find`.

        The name never changes, so it is cached, even beyond the deletion of the conversation.
        """
        return self._cached_databases.get((user, id)) or (await self.find(user, id)).database

    async def list_for_user(self, user: str, limit: int = 100) -> list[Conversation]:
        """Return the conversations of this user, most recently used first."""
        return [_read(row) for row in await self._database.fetch(_LIST, user=user, limit=limit)]

    async def set_title(self, id: UUID, title: str) -> None:
        """Set the title. Does nothing if the conversation no longer exists."""
        await self._database.execute(_SET_TITLE, id=id, title=remove_nul(title))

    async def replace_title(self, id: UUID, title: str, previous: str) -> None:
        """Set the title, unless it has changed since it was `previous`."""
        await self._database.execute(
            _REPLACE_TITLE, id=id, title=remove_nul(title), previous=remove_nul(previous)
        )

    async def remove(self, user: str, id: UUID) -> None:
        """Delete a conversation with its runs and events. Raises `NotFound` like `find`."""
        async with self._database.transaction() as connection:
            await connection.execute(_LOCK_RUNS, {"id": id})
            deleted = await connection.execute(_DELETE, {"id": id, "user": user})
            if deleted.rowcount == 0:
                raise NotFound("conversation", str(id))
            await connection.execute(_DELETE_EVENTS, {"id": id})

    def _cache(self, conversation: Conversation) -> Conversation:
        if len(self._cached_databases) >= MAX_CACHED_CONVERSATIONS:
            self._cached_databases.clear()
        self._cached_databases[conversation.user, conversation.id] = conversation.database
        return conversation


def _read(row: DictRow) -> Conversation:
    return Conversation(
        row["id"], row["user_id"], row["database"], row["title"], row["created_at"], row["updated_at"]
    )
