"""What a PostgreSQL says of its own functions."""

from typing import LiteralString

from psycopg import AsyncConnection

from store.catalog import Functions

# By name, as queries call them: the worst of all overloads counts. Left aside is what was never meant to be
# called by people: what stands behind operators, casts, aggregates and indexes, and the parts of types.
_FUNCTIONS: LiteralString = """
    SELECT p.proname::text, max(p.provolatile::text),
        bool_or(p.proname ~ '^(pg_|txid_|xml)|(send|recv|typmodin)$' OR p.oid >= 16384 OR p.prokind = 'p'
            OR p.prorettype = ANY(o.plumbing) OR p.proargtypes::oid[] && o.plumbing
            OR EXISTS (SELECT FROM pg_operator AS x WHERE x.oprcode = p.oid)
            OR EXISTS (SELECT FROM pg_cast AS x WHERE x.castfunc = p.oid)
            OR EXISTS (SELECT FROM pg_amproc AS x WHERE x.amproc = p.oid)
            OR EXISTS (SELECT FROM pg_aggregate AS x WHERE p.oid IN
                (x.aggtransfn, x.aggfinalfn, x.aggcombinefn, x.aggmtransfn, x.aggminvtransfn, x.aggmfinalfn)))
    FROM pg_proc AS p, (SELECT ARRAY['internal', 'cstring', 'xml', 'oid', 'regclass', 'regproc', 'regtype',
        'regconfig', 'regdictionary', 'trigger', 'event_trigger', 'void']::regtype[]::oid[] AS plumbing) AS o
    WHERE p.pronamespace = 'pg_catalog'::regnamespace GROUP BY p.proname
"""
# The system's functions are those of its version.
_by_version: dict[int, Functions] = {}


async def read_functions(connection: AsyncConnection) -> Functions:
    """Say which names only compute, and which do more; asked once of each version of the server."""
    version = connection.info.server_version
    if version not in _by_version:
        rows = await (await connection.execute(_FUNCTIONS)).fetchall()
        _by_version[version] = Functions(
            immutable=frozenset(name for name, worst, plumbing in rows if worst == "i" and not plumbing),
            volatile=frozenset(name for name, worst, _ in rows if worst == "v"),
        )
    return _by_version[version]
