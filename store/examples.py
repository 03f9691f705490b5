"""Example store: questions paired with SQL, proposed or verified, for few-shot prompting."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg.rows import DictRow

from store.database import Database, DatabaseConnection
from store.errors import NotFound

ExampleStatus = Literal["proposed", "verified", "archived"]
# Per connection; searching more takes longer than they are worth.
MAX_EXAMPLES = 5_000
# Per connection: users who approve answers all day must not fill the store.
MAX_PROPOSED = 1_000

_ADD: LiteralString = """
    INSERT INTO examples (connection_id, question, sql, author, status, tags)
    VALUES (%(connection_id)s, %(question)s, %(sql)s, %(author)s, %(status)s, %(tags)s::text[])
    ON CONFLICT (connection_id, md5(question), md5(sql)) DO UPDATE
    SET status = excluded.status, author = excluded.author, tags = excluded.tags, reason = '',
        checked_version = NULL
    WHERE examples.status <> 'verified' AND excluded.status = 'verified'
"""
_INCREMENT_REVISION: LiteralString = """
    INSERT INTO example_revisions (connection_id, revision) VALUES (%(connection_id)s, 1)
    ON CONFLICT (connection_id) DO UPDATE SET revision = example_revisions.revision + 1
"""
_LIST: LiteralString = """
    SELECT id, question, sql, author, status, tags, reason, checked_version FROM examples
    WHERE connection_id = %(connection_id)s AND (%(status)s::text IS NULL OR status = %(status)s)
    ORDER BY id DESC LIMIT %(limit)s
"""
_SET_STATUS: LiteralString = """
    UPDATE examples SET status = %(status)s, reason = %(reason)s, checked_version = NULL
    WHERE connection_id = %(connection_id)s AND id = %(id)s
"""
_LIST_UNCHECKED: LiteralString = """
    SELECT id, question, sql, author, status, tags, reason, checked_version FROM examples
    WHERE connection_id = %(connection_id)s AND status <> 'archived'
        AND checked_version IS DISTINCT FROM %(version)s
"""
_MARK_CHECKED: LiteralString = """
    UPDATE examples SET checked_version = %(version)s
    WHERE connection_id = %(connection_id)s AND status <> 'archived'
"""
_ARCHIVE: LiteralString = """
    UPDATE examples SET status = 'archived', reason = %(reason)s
    WHERE connection_id = %(connection_id)s AND id = %(id)s
"""
_COUNT_PROPOSED: LiteralString = """
    SELECT connections.id, count(examples.id) AS proposed FROM connections
    LEFT JOIN examples ON examples.connection_id = connections.id AND examples.status = 'proposed'
    WHERE connections.name = %(name)s GROUP BY connections.id
"""


@dataclass(frozen=True, slots=True)
class NewExample:
    """Example to add."""

    question: str
    sql: str
    author: str
    status: ExampleStatus = "proposed"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Stored example. `reason`: why it was archived; `checked_version`: map version of its last check."""

    id: int
    question: str
    sql: str
    author: str
    status: ExampleStatus
    tags: tuple[str, ...] = ()
    reason: str = ""
    checked_version: int | None = None


class ExampleStore:
    """Repository of the examples of all connections. All methods raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, connection_id: UUID, examples: Iterable[NewExample]) -> int:
        """Add examples, all or none, and return how many are new. Verifying an archived one restores it."""
        async with self._database.transaction() as connection:
            added = 0
            for example in examples:
                added += (await connection.execute(_ADD, _parameters(connection_id, example))).rowcount
            await _increment_revision(connection, connection_id)
        return added

    async def propose(self, connection_name: str, example: NewExample) -> bool:
        """Add a proposal; False if there is no such connection, or if `MAX_PROPOSED` is reached."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_COUNT_PROPOSED, {"name": connection_name})
            row = await cursor.fetchone()
            if row is None or row["proposed"] >= MAX_PROPOSED:
                return False
            return (await connection.execute(_ADD, _parameters(row["id"], example))).rowcount > 0

    async def all(self, connection_id: UUID, status: ExampleStatus | None = None) -> list[Example]:
        """Return the examples of a connection, newest first."""
        rows = await self._database.fetch(
            _LIST, connection_id=connection_id, status=status, limit=MAX_EXAMPLES
        )
        return [_read(row) for row in rows]

    async def set_status(self, connection_id: UUID, id: int, status: ExampleStatus, reason: str = "") -> None:
        """Verify or archive an example. Raises `NotFound`."""
        parameters = {"connection_id": connection_id, "id": id, "status": status, "reason": reason}
        async with self._database.transaction() as connection:
            if (await connection.execute(_SET_STATUS, parameters)).rowcount == 0:
                raise NotFound("example", str(id))
            await _increment_revision(connection, connection_id)

    async def list_unchecked(self, connection_id: UUID, version: int) -> list[Example]:
        """Return the examples in use that have not been checked against this version of the map."""
        rows = await self._database.fetch(_LIST_UNCHECKED, connection_id=connection_id, version=version)
        return [_read(row) for row in rows]

    async def mark_checked(self, connection_id: UUID, version: int, broken: Mapping[int, str]) -> None:
        """Mark all examples as checked against this map version; archive the `broken` ones (id to reason)."""
        async with self._database.transaction() as connection:
            for id, reason in broken.items():
                await connection.execute(
                    _ARCHIVE, {"connection_id": connection_id, "id": id, "reason": reason}
                )
            await connection.execute(_MARK_CHECKED, {"connection_id": connection_id, "version": version})
            if broken:
                await _increment_revision(connection, connection_id)


async def _increment_revision(connection: DatabaseConnection, connection_id: UUID) -> None:
    await connection.execute(_INCREMENT_REVISION, {"connection_id": connection_id})


def _parameters(connection_id: UUID, example: NewExample) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "question": example.question,
        "sql": example.sql,
        "author": example.author,
        "status": example.status,
        "tags": list(example.tags),
    }


def _read(row: DictRow) -> Example:
    return Example(**{**row, "tags": tuple(row["tags"])})
