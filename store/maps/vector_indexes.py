"""Vector indexes: an HNSW index of its own for each connection with too many passages for memory."""

from typing import Literal, LiteralString
from uuid import UUID

from psycopg import sql

from store.database import Database, DatabaseConnection, translate_errors

# Vectors of one connection in the memory of a process that searches them: 500,000 passages of 256 dimensions,
# 200,000 of 640.
MAX_IN_MEMORY_BYTES = 256_000_000
_BYTES_PER_DIMENSION = 2
# pgvector's limit for indexes on halfvec; longer vectors are searched exactly, whatever their number.
MAX_DIMENSIONS = 4_000

# Size of the candidate list of an HNSW search: more finds more, and takes longer.
SET_SEARCH_SIZE: LiteralString = "SET hnsw.ef_search = 400"
# Connection, dimensions and limits are literals: the planner uses a partial index only if the query repeats
# its condition.
_NEAREST: LiteralString = """
    SELECT array_agg(is_column) AS is_column, array_agg(table_name) AS tables,
        array_agg(column_name) AS columns, array_agg(-distance) AS similarities
    FROM (
        (SELECT is_column, table_name, column_name,
            CAST(vector AS halfvec({dimensions})) <#> CAST(%(vector)s AS halfvec({dimensions})) AS distance
        FROM map_passages WHERE connection_id = CAST({connection_id} AS uuid) AND NOT is_column
        ORDER BY distance LIMIT {max_tables})
        UNION ALL
        (SELECT is_column, table_name, column_name,
            CAST(vector AS halfvec({dimensions})) <#> CAST(%(vector)s AS halfvec({dimensions})) AS distance
        FROM map_passages WHERE connection_id = CAST({connection_id} AS uuid) AND is_column
        ORDER BY distance LIMIT {max_columns})
    ) AS nearest
"""
# More links and a wider search than pgvector's defaults: with those, vectors composed of the same few words
# are found in nine of ten cases only.
_CREATE: LiteralString = """
    CREATE INDEX CONCURRENTLY {name} ON map_passages
    USING hnsw ((CAST(vector AS halfvec({dimensions}))) halfvec_ip_ops) WITH (m = 24, ef_construction = 200)
    WHERE connection_id = CAST({connection_id} AS uuid) AND {condition}
"""
_DROP: LiteralString = "DROP INDEX CONCURRENTLY IF EXISTS {name}"
_PREFIX = "map_passages_near_"
_Kind = Literal["t", "c"]
_CONDITIONS: dict[_Kind, sql.SQL] = {"t": sql.SQL("NOT is_column"), "c": sql.SQL("is_column")}

_COUNT: LiteralString = """
    SELECT count(*) AS passages, coalesce(max(vector_dims(vector)), 0) AS dimensions
    FROM map_passages WHERE connection_id = %(connection_id)s
"""
_LIST_INDEXES: LiteralString = r"""
    SELECT c.relname AS name, i.indisvalid AS is_valid
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = 'map_passages'::regclass AND c.relname LIKE 'map\_passages\_near\_%'
"""
_LIST_CONNECTIONS: LiteralString = "SELECT id FROM connections"
# Less memory builds the graph on disk, ten times as slowly. Parallel workers need shared memory, of which
# containers have little.
_SET_BUILD_MEMORY: LiteralString = "SET maintenance_work_mem = '512MB'"
_DISABLE_PARALLEL_BUILD: LiteralString = "SET max_parallel_maintenance_workers = 0"


def needs_index(passages: int, dimensions: int) -> bool:
    """Return whether the vectors are too large to be searched in the memory of each process."""
    return passages * dimensions * _BYTES_PER_DIMENSION > MAX_IN_MEMORY_BYTES


async def maintain_indexes(database: Database, connection_id: UUID) -> None:
    """Create the indexes of a connection that has grown large; drop those no longer needed.

    Searches continue meanwhile, exactly. Takes minutes, so it uses a connection of its own, whose session
    settings end with it. Raises `StoreUnavailable`.
    """
    with translate_errors():
        async with await database.connect() as connection:
            cursor = await connection.execute(_COUNT, {"connection_id": connection_id})
            row = await cursor.fetchone()
            assert row is not None
            passages, dimensions = int(row["passages"]), int(row["dimensions"])
            required: dict[str, _Kind] = {}
            if needs_index(passages, dimensions) and dimensions <= MAX_DIMENSIONS:
                required = {_index_name(connection_id, kind, dimensions): kind for kind in _CONDITIONS}
            existing = await _drop_obsolete(connection, connection_id, set(required))
            for name in required.keys() - existing:
                await _create(connection, name, connection_id, required[name], dimensions)


async def _drop_obsolete(connection: DatabaseConnection, connection_id: UUID, required: set[str]) -> set[str]:
    """Drop invalid indexes, unrequired ones of this connection, and those of deleted connections.

    Returns the names of the remaining ones.
    """
    connections = await (await connection.execute(_LIST_CONNECTIONS)).fetchall()
    connection_hexes = {row["id"].hex for row in connections}
    remaining = set()
    for row in await (await connection.execute(_LIST_INDEXES)).fetchall():
        name, owner = row["name"], row["name"].removeprefix(_PREFIX).partition("_")[0]
        is_own = owner == connection_id.hex
        if row["is_valid"] and (name in required if is_own else owner in connection_hexes):
            remaining.add(name)
        # An invalid index of another connection may be under construction.
        elif is_own or owner not in connection_hexes:
            await connection.execute(sql.SQL(_DROP).format(name=sql.Identifier(name)))
    return remaining


async def _create(
    connection: DatabaseConnection, name: str, connection_id: UUID, kind: _Kind, dimensions: int
) -> None:
    await connection.execute(_SET_BUILD_MEMORY)
    await connection.execute(_DISABLE_PARALLEL_BUILD)
    await connection.execute(
        sql.SQL(_CREATE).format(
            name=sql.Identifier(name),
            dimensions=sql.Literal(dimensions),
            connection_id=sql.Literal(str(connection_id)),
            condition=_CONDITIONS[kind],
        )
    )


def build_nearest_query(
    connection_id: UUID, dimensions: int, max_tables: int, max_columns: int
) -> sql.Composed:
    """Build the query that uses the index of a connection; without one it searches exactly, and slowly."""
    return sql.SQL(_NEAREST).format(
        connection_id=sql.Literal(str(connection_id)),
        dimensions=sql.Literal(dimensions),
        max_tables=sql.Literal(max_tables),
        max_columns=sql.Literal(max_columns),
    )


def _index_name(connection_id: UUID, kind: _Kind, dimensions: int) -> str:
    return f"{_PREFIX}{connection_id.hex}_{kind}{dimensions}"
