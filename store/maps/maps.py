"""Map store: schema maps of all connections, stored and searched in PostgreSQL with pgvector."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import LiteralString
from uuid import UUID

import numpy as np
from psycopg.rows import DictRow

from store.connections.snapshot import load_snapshot
from store.database import Database
from store.maps.records import (
    MapHead,
    MapSize,
    NoteFile,
    PassageMatch,
    PassageVectors,
    Revision,
    SchemaElement,
    StoredMap,
)
from store.maps.vector_indexes import SET_SEARCH_SIZE, build_nearest_query, maintain_indexes
from store.maps.writer import to_halfvec, write_revision
from store.request_cache import RequestCache

_BODY: LiteralString = """
    SELECT body::text AS body FROM map_versions
    WHERE connection_id = %(connection_id)s AND version = %(version)s
"""
_STORED: LiteralString = """
    SELECT version, content_hash, body::text AS body, change_tokens
    FROM maps JOIN map_versions USING (connection_id, version) WHERE connection_id = %(connection_id)s
"""
_HASHES: LiteralString = """
    SELECT table_name, column_name, is_column, hash FROM map_passages WHERE connection_id = %(connection_id)s
"""
_MARK_CHECKED: LiteralString = """
    UPDATE maps SET checked_at = now(), change_tokens = %(change_tokens)s::json
    WHERE connection_id = %(connection_id)s
"""
_NOTES: LiteralString = """
    SELECT name, body FROM map_notes WHERE connection_id = %(connection_id)s ORDER BY position
"""
_TRY_LOCK: LiteralString = """
    SELECT pg_try_advisory_xact_lock(hashtextextended('querent map ' || %(connection_id)s::text, 0)) AS locked
"""

# Materializes all passages of the connection first: with a filter, an HNSW index would silently miss most of
# them. Vectors are normalized, so the inner product is the cosine similarity. The result is one row of
# arrays: 200 rows take twice the time.
_NEAREST: LiteralString = """
    WITH passages AS MATERIALIZED (
        SELECT is_column, table_name, column_name, vector <#> %(vector)s::halfvec AS distance
        FROM map_passages WHERE connection_id = %(connection_id)s
    )
    SELECT array_agg(is_column) AS is_column, array_agg(table_name) AS tables,
        array_agg(column_name) AS columns, array_agg(-distance) AS similarities
    FROM (
        (SELECT * FROM passages WHERE NOT is_column ORDER BY distance LIMIT %(max_tables)s)
        UNION ALL
        (SELECT * FROM passages WHERE is_column ORDER BY distance LIMIT %(max_columns)s)
    ) AS nearest
"""

# pgvector's binary format: a header of four bytes, then 16-bit floats in network byte order.
_VECTORS: LiteralString = """
    SELECT array_agg(is_column) AS is_column, array_agg(table_name) AS tables,
        array_agg(column_name) AS columns,
        string_agg(substring(halfvec_send(vector) FROM 5), ''::bytea) AS vectors
    FROM (
        SELECT is_column, table_name, column_name, vector FROM map_passages
        WHERE connection_id = %(connection_id)s
            AND (is_column, table_name, column_name) > (%(is_column)s, %(table)s, %(column)s)
        ORDER BY is_column, table_name, column_name LIMIT %(limit)s
    ) AS page
"""
_COUNT: LiteralString = """
    SELECT (SELECT count(*) FROM map_passages WHERE connection_id = %(connection_id)s) AS passages,
        (SELECT count(*) FROM map_values WHERE connection_id = %(connection_id)s) AS values
"""
# Size of both tables with their indexes, in proportion to the rows of this connection.
_DISK_BYTES: LiteralString = """
    SELECT sum(pg_total_relation_size(oid) * stored.rows / greatest(reltuples, stored.rows, 1))::bigint
        AS bytes
    FROM pg_class JOIN (VALUES
        ('map_passages'::regclass, %(passages)s::real), ('map_values'::regclass, %(values)s::real)
    ) AS stored (relation, rows) ON oid = relation
"""
_VALUES: LiteralString = """
    SELECT table_name, column_name, value FROM map_values WHERE connection_id = %(connection_id)s
"""

# One limit per probe, so that a frequent word does not displace a rare one. Shorter values come first: they
# are closest to the few words searched for.
_SEARCH_VALUES: LiteralString = """
    WITH probes AS (
        SELECT probe, array_agg(key) AS keys
        FROM unnest(%(probes)s::integer[], %(keys)s::integer[]) AS pairs (probe, key) GROUP BY probe
    )
    SELECT table_name, column_name, value FROM map_values
    WHERE connection_id = %(connection_id)s AND normalized = ANY(%(normalized)s::text[])
    UNION
    SELECT hit.table_name, hit.column_name, hit.value FROM probes CROSS JOIN LATERAL (
        SELECT table_name, column_name, value FROM map_values
        WHERE keys && probes.keys AND connection_id = %(connection_id)s
        ORDER BY length(normalized) LIMIT %(limit)s
    ) AS hit
"""


class MapStore:
    """Repository of schema maps, one per connection. All methods raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self, connection_name: str, cache: RequestCache | None = None) -> MapHead | None:
        """Return the current version of the map of a connection, None without a map."""
        snapshot = await load_snapshot(self._database, connection_name, cache)
        return None if snapshot is None else snapshot.head

    async def body(self, head: MapHead) -> str | None:
        """Return the serialized map; None if this version is no longer stored."""
        row = await self._database.fetch_one(_BODY, connection_id=head.connection_id, version=head.version)
        return None if row is None else str(row["body"])

    async def load_stored(self, connection_id: UUID) -> StoredMap | None:
        """Return the current map, for comparison with a new scan."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_STORED, {"connection_id": connection_id})
            row = await cursor.fetchone()
            if row is None:
                return None
            passages = await connection.execute(_HASHES, {"connection_id": connection_id})
            hashes = {_element(passage): passage["hash"] for passage in await passages.fetchall()}
        return StoredMap(row["version"], row["content_hash"], row["body"], hashes, row["change_tokens"])

    async def notes(self, connection_id: UUID) -> tuple[NoteFile, ...]:
        """Return the note files that the current map includes."""
        rows = await self._database.fetch(_NOTES, connection_id=connection_id)
        return tuple(NoteFile(row["name"], row["body"]) for row in rows)

    async def mark_checked(self, connection_id: UUID, change_tokens: Mapping[str, str]) -> None:
        """Record that the map was compared with its target and is still up to date."""
        await self._database.execute(
            _MARK_CHECKED, connection_id=connection_id, change_tokens=json.dumps(dict(change_tokens))
        )

    async def save_revision(self, connection_id: UUID, revision: Revision) -> int:
        """Store a new version and make it current, all or nothing; returns its number."""
        async with self._database.transaction() as connection:
            return await write_revision(connection, connection_id, revision)

    @asynccontextmanager
    async def try_lock(self, connection_id: UUID) -> AsyncIterator[bool]:
        """Hold the lock on syncing this map, across processes; False if another process holds it."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_TRY_LOCK, {"connection_id": str(connection_id)})
            row = await cursor.fetchone()
            yield row is not None and bool(row["locked"])

    async def nearest(
        self, connection_id: UUID, vector: Sequence[float], max_tables: int, max_columns: int
    ) -> list[PassageMatch]:
        """Return the nearest passages of tables and of columns, by exact search."""
        row = await self._database.fetch_one(
            _NEAREST,
            connection_id=connection_id,
            vector=to_halfvec(vector),
            max_tables=max_tables,
            max_columns=max_columns,
        )
        return _matches(row)

    async def nearest_approximate(
        self, connection_id: UUID, vector: Sequence[float], max_tables: int, max_columns: int
    ) -> list[PassageMatch]:
        """Return the approximately nearest passages by the HNSW index; exact and slow without one."""
        query = build_nearest_query(connection_id, len(vector), max_tables, max_columns)
        async with self._database.connection() as connection:
            await connection.execute(SET_SEARCH_SIZE)
            cursor = await connection.execute(query, {"vector": to_halfvec(vector)})
            return _matches(await cursor.fetchone())

    async def maintain_indexes(self, connection_id: UUID) -> None:
        """Create or drop the indexes of the connection as its size requires; may take minutes."""
        await maintain_indexes(self._database, connection_id)

    async def size(self, connection_id: UUID) -> MapSize:
        """Count the passages and values of a connection."""
        row = await self._database.fetch_one(_COUNT, connection_id=connection_id)
        assert row is not None
        return MapSize(row["passages"], row["values"])

    async def bytes_on_disk(self, size: MapSize) -> int:
        """Estimate the disk space of that many passages and values, indexes included."""
        row = await self._database.fetch_one(_DISK_BYTES, passages=size.passages, values=size.values)
        assert row is not None
        return int(row["bytes"])

    async def vectors(
        self, connection_id: UUID, after: SchemaElement | None = None, limit: int | None = None
    ) -> PassageVectors:
        """Return the passage vectors of a connection, tables first: all, or `limit` after an element."""
        table, column = after or ("", None)
        row = await self._database.fetch_one(
            _VECTORS,
            connection_id=connection_id,
            is_column=column is not None,
            table=table,
            column=column or "",
            limit=limit,
        )
        assert row is not None
        elements = _elements(row)
        vectors = np.frombuffer(row["vectors"] or b"", dtype=">f2").reshape(max(len(elements), 1), -1)
        return PassageVectors(elements, vectors[: len(elements)].astype(np.float32))

    async def values(self, connection_id: UUID) -> list[tuple[str, str, str]]:
        """Return all values of a connection as (table, column, value)."""
        return [_value(row) for row in await self._database.fetch(_VALUES, connection_id=connection_id)]

    async def search_values(
        self, connection_id: UUID, normalized: Sequence[str], probes: Sequence[Sequence[int]], limit: int = 40
    ) -> list[tuple[str, str, str]]:
        """Return values equal to a `normalized` text, and up to `limit` that share a key with each probe."""
        rows = await self._database.fetch(
            _SEARCH_VALUES,
            connection_id=connection_id,
            normalized=list(normalized),
            probes=[number for number, keys in enumerate(probes) for _ in keys],
            keys=[key for keys in probes for key in keys],
            limit=limit,
        )
        return [_value(row) for row in rows]


def _matches(row: DictRow | None) -> list[PassageMatch]:
    """Convert a row of arrays; each is None if there are no passages."""
    return [] if row is None else list(map(PassageMatch, _elements(row), row["similarities"] or ()))


def _elements(row: DictRow) -> list[SchemaElement]:
    columns = zip(row["is_column"] or (), row["tables"] or (), row["columns"] or (), strict=True)
    return [SchemaElement(table, column if is_column else None) for is_column, table, column in columns]


def _element(row: DictRow) -> SchemaElement:
    return SchemaElement(row["table_name"], row["column_name"] if row["is_column"] else None)


def _value(row: DictRow) -> tuple[str, str, str]:
    return row["table_name"], row["column_name"], row["value"]
