"""What PostgreSQL counts of the changes to its tables."""

from typing import LiteralString

from psycopg import AsyncConnection

# A partition counts for the table it belongs to. Inserted, updated and deleted rows are counted for ever; a
# TRUNCATE, a rewrite or a refresh makes a new file; counting again from zero leaves its time. Last seconds
# of a busy session may not be counted yet. Views and foreign tables are counted nowhere: they have no trace.
_TRACES: LiteralString = """
    SELECT n.nspname || '.' || root.relname, concat_ws(' ', count(*),
        sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), sum(c.relfilenode::bigint),
        (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()))
    FROM pg_class AS c
    JOIN pg_stat_all_tables AS s ON s.relid = c.oid
    JOIN pg_class AS root ON root.oid =
        CASE WHEN c.relispartition THEN pg_partition_root(c.oid)::oid ELSE c.oid END
    JOIN pg_namespace AS n ON n.oid = root.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND current_setting('track_counts') = 'on'
    GROUP BY n.nspname, root.relname
"""


async def read_traces(connection: AsyncConnection) -> dict[str, str]:
    """Give, for each table, a text that changes when its rows do."""
    cursor = await connection.execute(_TRACES)
    return dict(await cursor.fetchall())
