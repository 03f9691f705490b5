"""A new version of a map written down, in the transaction it is given."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from pgvector import HalfVector
from psycopg import AsyncConnection
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection as EngineConnection

from store.maps.note_sets import keep_set
from store.maps.records import KeptNote, NewPassage, NewValue, Place, Revision

# What an answer was based on can be looked up this many versions back.
VERSIONS_KEPT = 20
MANY_ROWS = 1_000

NEXT_VERSION = text(
    "SELECT coalesce(max(version), 0) + 1 FROM map_versions WHERE connection_id = :connection"
)
ADD_VERSION = text(
    "INSERT INTO map_versions (connection_id, version, body) "
    "VALUES (:connection, :version, CAST(:body AS json))"
)
FORGET_VERSIONS = text("DELETE FROM map_versions WHERE connection_id = :connection AND version <= :oldest")
PUT_IN_FORCE = text("""
    INSERT INTO maps (connection_id, version, content_hash, traces, embedder, synced_at, checked_at)
    VALUES (:connection, :version, :hash, CAST(:traces AS json), :embedder, now(), now())
    ON CONFLICT (connection_id) DO UPDATE
    SET version = excluded.version, content_hash = excluded.content_hash, traces = excluded.traces,
        embedder = excluded.embedder, synced_at = excluded.synced_at, checked_at = excluded.checked_at
""")
DROP_PASSAGES = text("""
    DELETE FROM map_passages USING unnest(
        CAST(:tables AS text[]), CAST(:columns AS text[]), CAST(:of_column AS boolean[])
    ) AS gone (table_name, column_name, of_column)
    WHERE map_passages.connection_id = :connection AND map_passages.of_column = gone.of_column
    AND map_passages.table_name = gone.table_name AND map_passages.column_name = gone.column_name
""")
DROP_ALL_PASSAGES = text("DELETE FROM map_passages WHERE connection_id = :connection")
DROP_ALL_VALUES = text("DELETE FROM map_values WHERE connection_id = :connection")
DROP_VALUES = text("""
    DELETE FROM map_values USING unnest(CAST(:tables AS text[]), CAST(:columns AS text[]))
        AS gone (table_name, column_name)
    WHERE map_values.connection_id = :connection
    AND map_values.table_name = gone.table_name AND map_values.column_name = gone.column_name
""")
# Or else plans are made for tables that are almost empty, until the server's own round comes by.
ANALYZE = text("ANALYZE map_passages, map_values")
# Keys one by one, each at its place in the index, take three times as long as all of them in order.
GATHER_KEYS = text("""
    SELECT set_config('gin_pending_list_limit', '1GB', true),
        set_config('maintenance_work_mem', '128MB', true)
""")
SORT_KEYS_IN = text("SELECT gin_clean_pending_list('map_values_keys'::regclass)")
DROP_NOTES = text("DELETE FROM map_notes WHERE connection_id = :connection")

COPY_PASSAGES: LiteralString = (
    "COPY map_passages (connection_id, of_column, table_name, column_name, hash, body, vector) FROM STDIN"
)
COPY_VALUES: LiteralString = (
    "COPY map_values (connection_id, table_name, column_name, value, plain, keys) FROM STDIN"
)
COPY_NOTES: LiteralString = "COPY map_notes (connection_id, position, name, body) FROM STDIN"


async def write_revision(connection: EngineConnection, connection_id: UUID, revision: Revision) -> int:
    """Write all of a revision and put it in force; give the number of the version."""
    given = {"connection": connection_id}
    version = int((await connection.execute(NEXT_VERSION, given)).scalar_one())
    await connection.execute(ADD_VERSION, {**given, "version": version, "body": revision.body})
    kept = 1 if revision.forgets else VERSIONS_KEPT
    await connection.execute(FORGET_VERSIONS, {**given, "oldest": version - kept})
    stale = [*revision.gone, *(passage.place for passage in revision.passages)]
    if revision.anew:
        await connection.execute(DROP_ALL_PASSAGES, given)
        await connection.execute(DROP_ALL_VALUES, given)
    await connection.execute(DROP_PASSAGES, {**given, **_columns_of(stale), "of_column": _kinds_of(stale)})
    await connection.execute(DROP_VALUES, {**given, **_columns_of([*revision.values_gone, *revision.values])})
    await connection.execute(DROP_NOTES, given)
    await _copy(connection, COPY_PASSAGES, _passage_rows(connection_id, revision.passages))
    if revision.values:
        await connection.execute(GATHER_KEYS)
        await _copy(connection, COPY_VALUES, _value_rows(connection_id, revision.values))
        await connection.execute(SORT_KEYS_IN)
    await _copy(connection, COPY_NOTES, _note_rows(connection_id, revision.notes))
    await keep_set(connection, connection_id, revision.notes)
    put = {"hash": revision.content_hash, "traces": json.dumps(dict(revision.traces))}
    await connection.execute(
        PUT_IN_FORCE, {**given, **put, "version": version, "embedder": revision.embedder}
    )
    if len(revision.passages) + sum(map(len, revision.values.values())) > MANY_ROWS:
        await connection.execute(ANALYZE)
    return version


def as_vector(numbers: Sequence[float]) -> str:
    """Write a vector as pgvector reads it."""
    return HalfVector(list(numbers)).to_text()


async def _copy(
    connection: EngineConnection, statement: LiteralString, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Send rows by COPY: an INSERT for each of 5,000 passages would take seconds."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, AsyncConnection)
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)


def _passage_rows(connection_id: UUID, passages: Sequence[NewPassage]) -> Iterable[tuple[Any, ...]]:
    for passage in passages:
        table, column = passage.place
        vector = as_vector(passage.vector)
        yield (connection_id, column is not None, table, column or "", passage.hash, passage.text, vector)


def _value_rows(connection_id: UUID, values: Mapping[Place, Sequence[NewValue]]) -> Iterable[tuple[Any, ...]]:
    for place, many in values.items():
        for value in many:
            keys = f"{{{','.join(map(str, value.keys))}}}"
            yield (connection_id, place.table, place.column, value.value, value.plain, keys)


def _note_rows(connection_id: UUID, notes: Sequence[KeptNote]) -> Iterable[tuple[Any, ...]]:
    for position, note in enumerate(notes):
        yield (connection_id, position, note.name, note.text)


def _columns_of(places: Sequence[Place]) -> dict[str, list[str]]:
    return {"tables": [place.table for place in places], "columns": [place.column or "" for place in places]}


def _kinds_of(places: Sequence[Place]) -> list[bool]:
    return [place.column is not None for place in places]
