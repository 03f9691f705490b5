"""The maps of all connections, kept and searched in our PostgreSQL."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import numpy as np
from sqlalchemy import text

from store.connections.snapshot import footing_of
from store.database import Database, saying_unavailable, transaction
from store.maps.records import KeptMap, KeptNote, KeptVectors, MapHead, MapSize, Near, Place, Revision
from store.maps.vector_indexes import SEARCH, near_statement, tend_indexes
from store.maps.writer import as_vector, write_revision

BODY = text("SELECT body::text FROM map_versions WHERE connection_id = :connection AND version = :version")
KEPT = text(
    "SELECT version, content_hash, body::text, traces FROM maps "
    "JOIN map_versions USING (connection_id, version) WHERE connection_id = :connection"
)
HASHES = text(
    "SELECT table_name, column_name, of_column, hash FROM map_passages WHERE connection_id = :connection"
)
CHECKED = text(
    "UPDATE maps SET checked_at = now(), traces = CAST(:traces AS json) WHERE connection_id = :connection"
)
NOTES = text("SELECT name, body FROM map_notes WHERE connection_id = :connection ORDER BY position")
LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('querent map ' || :connection, 0))")

# The connection's passages first, whole: a search that may use an index on the vectors under a filter leaves
# most of them out without a word. Vectors have length one, so the inner product is the cosine.
NEAREST = text("""
    WITH mine AS MATERIALIZED (
        SELECT of_column, table_name, column_name, vector <#> CAST(:vector AS halfvec) AS distance
        FROM map_passages WHERE connection_id = :connection
    )
    SELECT array_agg(of_column), array_agg(table_name), array_agg(column_name), array_agg(-distance) FROM (
        (SELECT * FROM mine WHERE NOT of_column ORDER BY distance LIMIT :tables)
        UNION ALL
        (SELECT * FROM mine WHERE of_column ORDER BY distance LIMIT :columns)
    ) AS near
""")

# As pgvector sends it: a head of four bytes, then the numbers, of two bytes each, the larger byte first.
VECTORS = text("""
    SELECT array_agg(of_column), array_agg(table_name), array_agg(column_name),
        string_agg(substring(halfvec_send(vector) FROM 5), ''::bytea)
    FROM (
        SELECT of_column, table_name, column_name, vector FROM map_passages
        WHERE connection_id = :connection AND (of_column, table_name, column_name) > (:of, :table, :column)
        ORDER BY of_column, table_name, column_name LIMIT :most
    ) AS page
""")
COUNT = text("""
    SELECT (SELECT count(*) FROM map_passages WHERE connection_id = :connection) AS passages,
        (SELECT count(*) FROM map_values WHERE connection_id = :connection) AS values
""")
# What is on disk of both tables with their indexes, by this connection's share of the rows.
DISK = text("""
    SELECT sum(pg_total_relation_size(oid) * kept / greatest(reltuples, kept, 1))::bigint
    FROM pg_class JOIN (VALUES
        ('map_passages'::regclass, CAST(:passages AS real)), ('map_values'::regclass, CAST(:values AS real))
    ) AS held (relation, kept) ON oid = relation
""")
VALUES = text("SELECT table_name, column_name, value FROM map_values WHERE connection_id = :connection")

# Each probe on its own, so that a common word does not crowd out a rare one. Short values come first: they
# are the closest to the few words looked for.
VALUES_LIKE = text("""
    WITH probes AS (
        SELECT probe, array_agg(key) AS keys
        FROM unnest(CAST(:probes AS integer[]), CAST(:keys AS integer[])) AS given (probe, key) GROUP BY probe
    )
    SELECT table_name, column_name, value FROM map_values
    WHERE connection_id = :connection AND plain = ANY(CAST(:plain AS text[]))
    UNION
    SELECT hit.table_name, hit.column_name, hit.value FROM probes CROSS JOIN LATERAL (
        SELECT table_name, column_name, value FROM map_values
        WHERE keys && probes.keys AND connection_id = :connection ORDER BY length(plain) LIMIT :most
    ) AS hit
""")


class MapStore:
    """Keeps each connection's map apart from all others. Every method raises `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = database.engine
        # One statement needs no transaction, and is spared two more trips.
        self._reading = database.engine.execution_options(isolation_level="AUTOCOMMIT")

    async def head(self, name: str) -> MapHead | None:
        """Say which version of the map of the connection of this name is in force, if there is any."""
        found = await footing_of(self._database, name)
        return None if found is None else found.head

    async def body(self, head: MapHead) -> str | None:
        """Give the map itself; None when this version is no longer kept."""
        given = {"connection": head.connection_id, "version": head.version}
        with saying_unavailable():
            async with self._reading.connect() as connection:
                return (await connection.execute(BODY, given)).scalar_one_or_none()

    async def kept(self, connection_id: UUID) -> KeptMap | None:
        """Give what a new survey is compared with."""
        given = {"connection": connection_id}
        async with transaction(self._engine) as connection:
            row = (await connection.execute(KEPT, given)).one_or_none()
            if row is None:
                return None
            hashes = {
                Place(each.table_name, each.column_name if each.of_column else None): each.hash
                for each in await connection.execute(HASHES, given)
            }
        return KeptMap(row.version, row.content_hash, row.body, hashes, row.traces)

    async def notes(self, connection_id: UUID) -> tuple[KeptNote, ...]:
        """Give the notes that were last read in."""
        with saying_unavailable():
            async with self._reading.connect() as connection:
                rows = await connection.execute(NOTES, {"connection": connection_id})
                return tuple(KeptNote(row.name, row.body) for row in rows)

    async def mark_checked(self, connection_id: UUID, traces: Mapping[str, str]) -> None:
        """Note that the map was compared with its target and is still true."""
        given = {"connection": connection_id, "traces": json.dumps(dict(traces))}
        async with transaction(self._engine) as connection:
            await connection.execute(CHECKED, given)

    async def revise(self, connection_id: UUID, revision: Revision) -> int:
        """Put a new version in force, all of it or nothing; give its number."""
        async with transaction(self._engine) as connection:
            return await write_revision(connection, connection_id, revision)

    @asynccontextmanager
    async def alone(self, connection_id: UUID) -> AsyncIterator[bool]:
        """Hold the right to draw this connection's map, in any process; False when somebody else does."""
        async with transaction(self._engine) as connection:
            yield bool((await connection.execute(LOCK, {"connection": str(connection_id)})).scalar_one())

    async def nearest(
        self, connection_id: UUID, vector: Sequence[float], tables: int, columns: int
    ) -> list[Near]:
        """Give the nearest passages of tables and of columns within one connection, exactly."""
        given = {"connection": connection_id, "tables": tables, "columns": columns}
        with saying_unavailable():
            async with self._reading.connect() as connection:
                found = await connection.execute(NEAREST, {**given, "vector": as_vector(vector)})
                # One row of arrays: 200 rows of their own take twice the time.
                *names, similarities = found.one()
        return list(map(Near, _places(*names), similarities or ()))

    async def nearest_of_many(
        self, connection_id: UUID, vector: Sequence[float], tables: int, columns: int
    ) -> list[Near]:
        """Give about the nearest, by the connection's own index; without one, exactly, and slowly."""
        statement = near_statement(connection_id, len(vector), tables, columns)
        with saying_unavailable():
            async with self._reading.connect() as connection:
                await connection.execute(SEARCH)
                found = await connection.execute(statement, {"vector": as_vector(vector)})
                *names, similarities = found.one()
        return list(map(Near, _places(*names), similarities or ()))

    async def tend(self, connection_id: UUID) -> None:
        """Make or drop the connection's index, as its size demands; that may take minutes."""
        await tend_indexes(self._engine, connection_id)

    async def size(self, connection_id: UUID) -> MapSize:
        """Count what is kept of a connection."""
        with saying_unavailable():
            async with self._reading.connect() as connection:
                row = (await connection.execute(COUNT, {"connection": connection_id})).one()
                return MapSize(row.passages, row.values)

    async def bytes_on_disk(self, size: MapSize) -> int:
        """Say about how much room that many passages and values take, with all that finds them again."""
        with saying_unavailable():
            async with self._reading.connect() as connection:
                given = {"passages": size.passages, "values": size.values}
                return int((await connection.execute(DISK, given)).scalar_one())

    async def vectors(
        self, connection_id: UUID, after: Place | None = None, most: int | None = None
    ) -> KeptVectors:
        """Give the passages of a connection with their vectors, tables first: all, or `most` behind one."""
        table, column = after or ("", None)
        given = {"connection": connection_id, "of": column is not None, "table": table, "most": most}
        with saying_unavailable():
            async with self._reading.connect() as connection:
                row = (await connection.execute(VECTORS, {**given, "column": column or ""})).one()
        *names, numbers = row
        places = _places(*names)
        vectors = np.frombuffer(numbers or b"", dtype=">f2").reshape(max(len(places), 1), -1)
        return KeptVectors(places, vectors[: len(places)].astype(np.float32))

    async def values(self, connection_id: UUID) -> list[tuple[str, str, str]]:
        """Give all values of a connection as table, column, value."""
        with saying_unavailable():
            async with self._reading.connect() as connection:
                rows = await connection.execute(VALUES, {"connection": connection_id})
                return [(table, column, value) for table, column, value in rows]

    async def values_like(
        self, connection_id: UUID, plain: Sequence[str], probes: Sequence[Sequence[int]], most: int = 40
    ) -> list[tuple[str, str, str]]:
        """Give values equal to one of the `plain` texts, and `most` that share a key with each probe."""
        given = {
            "connection": connection_id,
            "plain": list(plain),
            "probes": [number for number, keys in enumerate(probes) for _ in keys],
            "keys": [key for keys in probes for key in keys],
            "most": most,
        }
        with saying_unavailable():
            async with self._reading.connect() as connection:
                rows = await connection.execute(VALUES_LIKE, given)
                return [(table, column, value) for table, column, value in rows]


def _places(
    of_column: Sequence[bool] | None, tables: Sequence[str] | None, columns: Sequence[str] | None
) -> list[Place]:
    """Put three arrays together; each is None when there are no rows."""
    rows = zip(of_column or (), tables or (), columns or (), strict=True)
    return [Place(table, column if of else None) for of, table, column in rows]
