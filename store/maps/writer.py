"""Map writer: stores a new version of a map within the transaction it is given."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from pgvector import HalfVector

from store.database import DatabaseConnection
from store.maps.note_sets import record_note_set
from store.maps.records import NewPassage, NewValue, NoteFile, Revision, SchemaElement

# Per connection: the basis of an answer can be looked up this many versions back.
MAX_VERSIONS = 20
# New rows after which the planner statistics are refreshed.
ANALYZE_THRESHOLD = 1_000

_NEXT_VERSION: LiteralString = """
    SELECT coalesce(max(version), 0) + 1 AS version FROM map_versions WHERE connection_id = %(connection_id)s
"""
_ADD_VERSION: LiteralString = """
    INSERT INTO map_versions (connection_id, version, body)
    VALUES (%(connection_id)s, %(version)s, %(body)s::json)
"""
_DELETE_OLD_VERSIONS: LiteralString = """
    DELETE FROM map_versions WHERE connection_id = %(connection_id)s AND version <= %(last_deleted)s
"""
_SET_CURRENT_VERSION: LiteralString = """
    INSERT INTO maps (connection_id, version, content_hash, change_tokens, embedder, synced_at, checked_at)
    VALUES (%(connection_id)s, %(version)s, %(content_hash)s, %(change_tokens)s::json, %(embedder)s,
        now(), now())
    ON CONFLICT (connection_id) DO UPDATE
    SET version = excluded.version, content_hash = excluded.content_hash,
        change_tokens = excluded.change_tokens, embedder = excluded.embedder,
        synced_at = excluded.synced_at, checked_at = excluded.checked_at
"""
_DELETE_PASSAGES: LiteralString = """
    DELETE FROM map_passages USING unnest(%(tables)s::text[], %(columns)s::text[], %(is_column)s::boolean[])
        AS removed (table_name, column_name, is_column)
    WHERE map_passages.connection_id = %(connection_id)s AND map_passages.is_column = removed.is_column
        AND map_passages.table_name = removed.table_name AND map_passages.column_name = removed.column_name
"""
_DELETE_VALUES: LiteralString = """
    DELETE FROM map_values USING unnest(%(tables)s::text[], %(columns)s::text[])
        AS removed (table_name, column_name)
    WHERE map_values.connection_id = %(connection_id)s
        AND map_values.table_name = removed.table_name AND map_values.column_name = removed.column_name
"""
_DELETE_ALL_PASSAGES: LiteralString = "DELETE FROM map_passages WHERE connection_id = %(connection_id)s"
_DELETE_ALL_VALUES: LiteralString = "DELETE FROM map_values WHERE connection_id = %(connection_id)s"
_DELETE_NOTES: LiteralString = "DELETE FROM map_notes WHERE connection_id = %(connection_id)s"
# Until autovacuum comes by, plans would be made for tables that are almost empty.
_ANALYZE: LiteralString = "ANALYZE map_passages, map_values"
# Inserting keys into the GIN index one by one takes three times as long as inserting all of them sorted. The
# pending list is emptied in the same transaction: other sessions never see it filled.
_COLLECT_KEYS: LiteralString = """
    SELECT set_config('gin_pending_list_limit', '1GB', true),
        set_config('maintenance_work_mem', '128MB', true)
"""
_FLUSH_KEYS: LiteralString = "SELECT gin_clean_pending_list('map_values_by_key'::regclass)"

_COPY_PASSAGES: LiteralString = """
    COPY map_passages (connection_id, is_column, table_name, column_name, hash, body, vector) FROM STDIN
"""
_COPY_VALUES: LiteralString = """
    COPY map_values (connection_id, table_name, column_name, value, normalized, keys) FROM STDIN
"""
_COPY_NOTES: LiteralString = "COPY map_notes (connection_id, position, name, body) FROM STDIN"


async def write_revision(connection: DatabaseConnection, connection_id: UUID, revision: Revision) -> int:
    """Write a revision and make it the current version; returns the number of the version."""
    version = await _add_version(connection, connection_id, revision)
    await _delete_stale_rows(connection, connection_id, revision)
    await _copy(connection, _COPY_PASSAGES, _passage_rows(connection_id, revision.passages))
    if revision.values:
        await connection.execute(_COLLECT_KEYS)
        await _copy(connection, _COPY_VALUES, _value_rows(connection_id, revision.values))
        await connection.execute(_FLUSH_KEYS)
    await _copy(connection, _COPY_NOTES, _note_rows(connection_id, revision.notes))
    await record_note_set(connection, connection_id, revision.notes)
    await connection.execute(
        _SET_CURRENT_VERSION,
        {
            "connection_id": connection_id,
            "version": version,
            "content_hash": revision.content_hash,
            "change_tokens": json.dumps(dict(revision.change_tokens)),
            "embedder": revision.embedder,
        },
    )
    if len(revision.passages) + sum(map(len, revision.values.values())) > ANALYZE_THRESHOLD:
        await connection.execute(_ANALYZE)
    return version


def to_halfvec(vector: Sequence[float]) -> str:
    """Format a vector as pgvector's `halfvec` literal."""
    return HalfVector(list(vector)).to_text()


async def _add_version(connection: DatabaseConnection, connection_id: UUID, revision: Revision) -> int:
    row = await (await connection.execute(_NEXT_VERSION, {"connection_id": connection_id})).fetchone()
    assert row is not None
    version = int(row["version"])
    await connection.execute(
        _ADD_VERSION, {"connection_id": connection_id, "version": version, "body": revision.body}
    )
    last_deleted = version - (1 if revision.discard_history else MAX_VERSIONS)
    await connection.execute(
        _DELETE_OLD_VERSIONS, {"connection_id": connection_id, "last_deleted": last_deleted}
    )
    return version


async def _delete_stale_rows(connection: DatabaseConnection, connection_id: UUID, revision: Revision) -> None:
    """Delete what the revision removes or replaces."""
    this_connection = {"connection_id": connection_id}
    if revision.rebuild:
        await connection.execute(_DELETE_ALL_PASSAGES, this_connection)
        await connection.execute(_DELETE_ALL_VALUES, this_connection)
    passages = [*revision.removed_passages, *(passage.element for passage in revision.passages)]
    is_column = [element.column is not None for element in passages]
    await connection.execute(
        _DELETE_PASSAGES, {**this_connection, **_name_arrays(passages), "is_column": is_column}
    )
    columns = [*revision.removed_values, *revision.values]
    await connection.execute(_DELETE_VALUES, {**this_connection, **_name_arrays(columns)})
    await connection.execute(_DELETE_NOTES, this_connection)


async def _copy(
    connection: DatabaseConnection, statement: LiteralString, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Send rows by COPY: an INSERT for each of 5,000 passages would take seconds."""
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)


def _passage_rows(connection_id: UUID, passages: Sequence[NewPassage]) -> Iterable[tuple[Any, ...]]:
    for passage in passages:
        table, column = passage.element
        vector = to_halfvec(passage.vector)
        yield connection_id, column is not None, table, column or "", passage.hash, passage.text, vector


def _value_rows(
    connection_id: UUID, values: Mapping[SchemaElement, Sequence[NewValue]]
) -> Iterable[tuple[Any, ...]]:
    for element, column_values in values.items():
        for value in column_values:
            keys = f"{{{','.join(map(str, value.keys))}}}"
            yield connection_id, element.table, element.column, value.value, value.normalized, keys


def _note_rows(connection_id: UUID, notes: Sequence[NoteFile]) -> Iterable[tuple[Any, ...]]:
    for position, note in enumerate(notes):
        yield connection_id, position, note.name, note.text


def _name_arrays(elements: Sequence[SchemaElement]) -> dict[str, list[str]]:
    return {
        "tables": [element.table for element in elements],
        "columns": [element.column or "" for element in elements],
    }
