"""Questions with queries that are known to be right, or may be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database import transaction
from store.errors import NotFound

Status = Literal["proposed", "verified", "retired"]
# More would take longer to look through than they are worth.
MOST_EXAMPLES = 5_000
# Of one connection: a crowd that approves answers all day does not fill the store.
MOST_PROPOSED = 1_000

ADD = text("""
    INSERT INTO examples (connection_id, question, sql, author, status, tags)
    VALUES (:connection, :question, :sql, :author, :status, CAST(:tags AS text[]))
    ON CONFLICT (connection_id, md5(question), md5(sql)) DO UPDATE
    SET status = excluded.status, author = excluded.author, tags = excluded.tags, reason = '',
        judged_version = NULL
    WHERE examples.status <> 'verified' AND excluded.status = 'verified'
""")
COUNT_CHANGE = text("""
    INSERT INTO example_changes (connection_id, count) VALUES (:connection, 1)
    ON CONFLICT (connection_id) DO UPDATE SET count = example_changes.count + 1
""")
ALL = text("""
    SELECT id, question, sql, author, status, tags, reason, judged_version FROM examples
    WHERE connection_id = :connection AND (CAST(:status AS text) IS NULL OR status = :status)
    ORDER BY id DESC LIMIT :most
""")
DECIDE = text("""
    UPDATE examples SET status = :status, reason = :reason, judged_version = NULL
    WHERE connection_id = :connection AND id = :id
""")
UNJUDGED = text("""
    SELECT id, question, sql, author, status, tags, reason, judged_version FROM examples
    WHERE connection_id = :connection AND status <> 'retired' AND judged_version IS DISTINCT FROM :version
""")
JUDGED = text("""
    UPDATE examples SET judged_version = :version
    WHERE connection_id = :connection AND status <> 'retired'
""")
RETIRE = text("""
    UPDATE examples SET status = 'retired', reason = :reason WHERE connection_id = :connection AND id = :id
""")
PROPOSED = text("""
    SELECT connections.id, count(examples.id) AS proposed FROM connections
    LEFT JOIN examples ON examples.connection_id = connections.id AND examples.status = 'proposed'
    WHERE connections.name = :name GROUP BY connections.id
""")


@dataclass(frozen=True, slots=True)
class NewExample:
    """An example to keep."""

    question: str
    sql: str
    author: str
    status: Status = "proposed"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """An example that is kept. `reason` says why it was retired; `judged_version` is of the map."""

    id: int
    question: str
    sql: str
    author: str
    status: Status
    tags: tuple[str, ...] = ()
    reason: str = ""
    judged_version: int | None = None


class Examples:
    """The examples of all connections. Everything here raises `StoreUnavailable` when the store is gone."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, connection_id: UUID, examples: Iterable[NewExample]) -> int:
        """Keep examples, all or none; count those that are new. Verifying one wakes what was retired."""
        async with transaction(self._engine) as connection:
            added = 0
            for each in examples:
                added += (await connection.execute(ADD, _row(connection_id, each))).rowcount
            await _changed(connection, connection_id)
        return added

    async def propose(self, name: str, example: NewExample) -> bool:
        """Keep a proposal for the connection of this name, unless there are too many; say whether it was."""
        async with transaction(self._engine) as connection:
            row = (await connection.execute(PROPOSED, {"name": name})).one_or_none()
            if row is None or row.proposed >= MOST_PROPOSED:
                return False
            return (await connection.execute(ADD, _row(row.id, example))).rowcount > 0

    async def all(self, connection_id: UUID, status: Status | None = None) -> list[Example]:
        """List examples, the newest first."""
        given = {"connection": connection_id, "status": status, "most": MOST_EXAMPLES}
        async with transaction(self._engine) as connection:
            return [_read(row) for row in await connection.execute(ALL, given)]

    async def decide(self, connection_id: UUID, id: int, status: Status, reason: str = "") -> None:
        """Verify an example, or retire it. Raises `NotFound`."""
        given = {"connection": connection_id, "id": id, "status": status, "reason": reason}
        async with transaction(self._engine) as connection:
            if (await connection.execute(DECIDE, given)).rowcount == 0:
                raise NotFound("example", str(id))
            await _changed(connection, connection_id)

    async def unjudged(self, connection_id: UUID, version: int) -> list[Example]:
        """List what is in use and was not held against this version of the map."""
        given = {"connection": connection_id, "version": version}
        async with transaction(self._engine) as connection:
            return [_read(row) for row in await connection.execute(UNJUDGED, given)]

    async def judged(self, connection_id: UUID, version: int, broken: Mapping[int, str]) -> None:
        """Note that all were held against this version; retire what is `broken`, by number, for a reason."""
        given = {"connection": connection_id}
        async with transaction(self._engine) as connection:
            for id, reason in broken.items():
                await connection.execute(RETIRE, {**given, "id": id, "reason": reason})
            await connection.execute(JUDGED, {**given, "version": version})
            if broken:
                await _changed(connection, connection_id)


async def _changed(connection: AsyncConnection, connection_id: UUID) -> None:
    await connection.execute(COUNT_CHANGE, {"connection": connection_id})


def _row(connection_id: UUID, example: NewExample) -> dict[str, Any]:
    return {
        "connection": connection_id,
        "question": example.question,
        "sql": example.sql,
        "author": example.author,
        "status": example.status,
        "tags": list(example.tags),
    }


def _read(row: Sequence[Any]) -> Example:
    id, question, sql, author, status, tags, reason, version = row
    return Example(id, question, sql, author, status, tuple(tags), reason, version)
