"""The catalog of a PostgreSQL database, in four questions to it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, LiteralString

from psycopg import AsyncConnection

from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.postgres_functions import read_functions
from store.targets.postgres_values import kind_of_oid

# Partitions are read through their parents.
_TABLES: LiteralString = """
    SELECT c.oid, n.nspname, c.relname, c.relkind IN ('v', 'm'), obj_description(c.oid, 'pg_class'),
        CASE WHEN c.relkind = 'p' THEN (
            SELECT sum(greatest(part.reltuples, 0)) FROM pg_partition_tree(c.oid) AS tree
            JOIN pg_class AS part ON part.oid = tree.relid WHERE tree.isleaf
        ) ELSE c.reltuples END
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND has_schema_privilege(n.oid, 'USAGE')
        AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
    ORDER BY n.nspname, c.relname
"""
_COLUMNS: LiteralString = """
    SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END::int, t.typtype = 'e', NOT a.attnotnull,
        col_description(a.attrelid, a.attnum)
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
        AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
    ORDER BY a.attrelid, a.attnum
"""
_KEYS: LiteralString = """
    SELECT k.conrelid, k.contype::text, k.confrelid,
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(n, i)
            JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
        ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(n, i)
            JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i)
    FROM pg_constraint AS k
    WHERE k.conrelid = ANY(%s) AND k.contype IN ('p', 'u', 'f') ORDER BY k.conrelid, k.conname
"""
_HOME: LiteralString = "SELECT coalesce((current_schemas(false))[1], 'public')"


async def read_catalog(connection: AsyncConnection) -> Catalog:
    """Read every table, view and foreign table this user may read from."""
    tables = await _fetch(connection, _TABLES)
    oids = [row[0] for row in tables]
    columns = _by_table(await _fetch(connection, _COLUMNS, oids))
    keys = _by_table(await _fetch(connection, _KEYS, oids))
    # Ours is narrower than what the owner of the database has set.
    await connection.execute("SET LOCAL search_path TO DEFAULT")
    ((home,),) = await _fetch(connection, _HOME)
    named = {row[0]: _table(row, columns[row[0]]) for row in tables}
    return Catalog(
        "postgres",
        tuple(_with_keys(table, keys[oid], named) for oid, table in named.items()),
        default_schema=home,
        functions=await read_functions(connection),
    )


async def _fetch(
    connection: AsyncConnection, sql: LiteralString, oids: Sequence[int] | None = None
) -> list[Any]:
    cursor = await connection.execute(sql, None if oids is None else (list(oids),))
    return await cursor.fetchall()


def _by_table(rows: Sequence[Sequence[Any]]) -> Mapping[int, list[Sequence[Any]]]:
    found: dict[int, list[Sequence[Any]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found


def _table(row: Sequence[Any], columns: Sequence[Sequence[Any]]) -> Table:
    _, schema, name, is_view, comment, rows = row
    return Table(
        schema=schema,
        name=name,
        columns=tuple(
            Column(column, type_name, "text" if is_enum else kind_of_oid(oid), nullable, told)
            for column, type_name, oid, is_enum, nullable, told in columns
        ),
        comment=comment,
        # -1 says that nobody has counted yet.
        row_estimate=None if rows is None or rows < 0 else int(rows),
        is_view=is_view,
    )


def _with_keys(table: Table, keys: Sequence[Sequence[Any]], named: Mapping[int, Table]) -> Table:
    foreign = tuple(
        ForeignKey(tuple(columns), named[other].full_name, tuple(other_columns))
        for sort, other, columns, other_columns in keys
        if sort == "f" and other in named
    )
    primary = next((tuple(columns) for sort, _, columns, _ in keys if sort == "p"), ())
    unique = tuple(tuple(columns) for sort, _, columns, _ in keys if sort == "u")
    return replace(table, primary_key=primary, foreign_keys=foreign, unique=unique)
