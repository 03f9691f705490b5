"""An approximate index of its own for each connection that has too many passages to be searched in memory."""

from typing import LiteralString
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database import saying_unavailable

# What the vectors of one connection may take in the memory of a process that searches them: 500,000 passages
# of 256 numbers, 200,000 of 640.
MOST_BYTES_IN_MEMORY = 256_000_000
_BYTES_OF_A_NUMBER = 2
# What pgvector can index; longer vectors are searched exactly, however many.
MOST_DIMENSIONS = 4_000

# How many passages the index holds in view while it searches: more finds more, and takes longer.
SEARCH = text("SET hnsw.ef_search = 400")
_NEAR: LiteralString = """
    SELECT array_agg(of_column), array_agg(table_name), array_agg(column_name), array_agg(-distance) FROM (
        (SELECT of_column, table_name, column_name,
            CAST(vector AS halfvec({dimensions})) <#> CAST(:vector AS halfvec({dimensions})) AS distance
        FROM map_passages WHERE connection_id = CAST('{connection}' AS uuid) AND NOT of_column
        ORDER BY distance LIMIT {tables})
        UNION ALL
        (SELECT of_column, table_name, column_name,
            CAST(vector AS halfvec({dimensions})) <#> CAST(:vector AS halfvec({dimensions})) AS distance
        FROM map_passages WHERE connection_id = CAST('{connection}' AS uuid) AND of_column
        ORDER BY distance LIMIT {columns})
    ) AS near
"""
# More links and a wider search while building than pgvector's default: with those, vectors that are made of
# the same few words are found in nine of ten cases only.
_MAKE: LiteralString = """
    CREATE INDEX CONCURRENTLY {name} ON map_passages
    USING hnsw ((CAST(vector AS halfvec({dimensions}))) halfvec_ip_ops) WITH (m = 24, ef_construction = 200)
    WHERE connection_id = CAST('{connection}' AS uuid) AND {kind}
"""
_DROP: LiteralString = "DROP INDEX CONCURRENTLY IF EXISTS {name}"
_PREFIX = "map_passages_near_"
_KINDS = {"t": "NOT of_column", "c": "of_column"}

_SHAPE = text("""
    SELECT count(*) AS passages, max(vector_dims(vector)) AS dimensions
    FROM map_passages WHERE connection_id = :connection
""")
_THERE = text("""
    SELECT c.relname, i.indisvalid, obj_description(c.oid, 'pg_class') AS made_for
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = 'map_passages'::regclass AND c.relname LIKE 'map\\_passages\\_near\\_%'
""")
_CONNECTIONS = text("SELECT id FROM connections")
# In memory, or the graph is built from disk, ten times as slowly; and by one process, for the shared memory
# of a container is small.
_ROOM = text("SET maintenance_work_mem = '512MB'")
_ALONE = text("SET max_parallel_maintenance_workers = 0")


def needs_index(passages: int, dimensions: int) -> bool:
    """Whether they are too many to be held in memory by each process that searches them."""
    return passages * dimensions * _BYTES_OF_A_NUMBER > MOST_BYTES_IN_MEMORY


async def tend_indexes(engine: AsyncEngine, connection_id: UUID) -> None:
    """Make the connection's index where it has grown large; drop what nobody needs any more.

    Searches go on meanwhile, exactly. Raises `StoreUnavailable`.
    """
    plain = engine.execution_options(isolation_level="AUTOCOMMIT")
    with saying_unavailable():
        async with plain.connect() as connection:
            shape = (await connection.execute(_SHAPE, {"connection": connection_id})).one()
            wanted = {}
            if needs_index(shape.passages, shape.dimensions or 0) and shape.dimensions <= MOST_DIMENSIONS:
                wanted = {_name(connection_id, kind, shape.dimensions): kind for kind in _KINDS}
            made = await _drop_unwanted(connection, connection_id, set(wanted))
            for name in wanted.keys() - made:
                await _make(connection, name, connection_id, wanted[name], shape.dimensions)


async def _drop_unwanted(connection: AsyncConnection, connection_id: UUID, wanted: set[str]) -> set[str]:
    """Drop broken indexes, those of this connection but the wanted ones, and those of connections gone."""
    known = {each.id.hex for each in await connection.execute(_CONNECTIONS)}
    kept = set()
    for row in (await connection.execute(_THERE)).all():
        owner = row.relname.removeprefix(_PREFIX).partition("_")[0]
        ours = owner == connection_id.hex
        if row.indisvalid and (row.relname in wanted if ours else owner in known):
            kept.add(row.relname)
        elif ours or owner not in known:
            await connection.execute(_filled(_DROP, name=row.relname))
    return kept


async def _make(
    connection: AsyncConnection, name: str, connection_id: UUID, kind: str, dimensions: int
) -> None:
    await connection.execute(_ROOM)
    await connection.execute(_ALONE)
    where = str(connection_id)
    make = _filled(_MAKE, name=name, connection=where, kind=_KINDS[kind], dimensions=dimensions)
    try:
        await connection.execute(make)
    finally:
        await connection.execute(text("RESET ALL"))


def near_statement(connection_id: UUID, dimensions: int, tables: int, columns: int) -> TextClause:
    """Write the search that uses a connection's index: a partial one is found by its very condition.

    Without the index the same statement searches exactly, only slowly.
    """
    return _filled(
        _NEAR, connection=str(connection_id), dimensions=dimensions, tables=tables, columns=columns
    )


def _name(connection_id: UUID, kind: str, dimensions: int) -> str:
    return f"{_PREFIX}{connection_id.hex}_{kind}{dimensions}"


def _filled(statement: LiteralString, **given: str | int) -> TextClause:
    """Fill in names and numbers of our own, where no parameter can stand."""
    return text(statement.format(**given))
