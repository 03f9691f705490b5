"""Catalog reader for PostgreSQL: tables, columns, keys, indexes, functions and change counters."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, LiteralString

from psycopg import AsyncConnection, DataError
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types import datetime as dates

from store.catalog import Catalog, Column, ColumnKind, ForeignKey, Functions, Table

# By `pg_type.oid`; the built-in types have the same oid on every server.
_KIND_BY_OID: dict[int, ColumnKind] = {
    16: "boolean",
    17: "binary",
    18: "text",
    19: "text",
    20: "integer",
    21: "integer",
    23: "integer",
    25: "text",
    26: "integer",
    114: "json",
    700: "number",
    701: "number",
    790: "number",
    1042: "text",
    1043: "text",
    1082: "date",
    1083: "time",
    1114: "timestamp",
    1184: "timestamp",
    1186: "interval",
    1266: "time",
    1700: "number",
    3802: "json",
}


def kind_of_oid(oid: int) -> ColumnKind:
    """Return the kind of a type; user-defined types are `other`."""
    return _KIND_BY_OID.get(oid, "other")


def register_loaders(connection: AsyncConnection) -> None:
    """Load infinite dates, years BC and the like as text instead of failing the query."""
    for name, lenient in _LENIENT_LOADERS.items():
        connection.adapters.register_loader(name, lenient)


def _lenient(loader: type[Loader]) -> type[Loader]:
    """Derive a loader that returns text for values that the driver cannot represent."""

    class LenientLoader(loader):  # type: ignore[valid-type,misc]  # a base class known only at run time
        def load(self, data: Buffer) -> Any:
            try:
                return super().load(data)
            except (DataError, OverflowError):
                return bytes(data).decode()

    return LenientLoader


_LENIENT_LOADERS = {
    "date": _lenient(dates.DateLoader),
    "time": _lenient(dates.TimeLoader),
    "timetz": _lenient(dates.TimetzLoader),
    "timestamp": _lenient(dates.TimestampLoader),
    "timestamptz": _lenient(dates.TimestamptzLoader),
    "interval": _lenient(dates.IntervalLoader),
}


# By name, as queries call them: the worst volatility of all overloads counts. `internal` functions are not
# meant to be called in queries: those behind operators, casts, aggregates, indexes and type input/output.
_FUNCTIONS: LiteralString = """
    SELECT p.proname::text, max(p.provolatile::text),
        bool_or(p.proname ~ '^(pg_|txid_|xml)|(send|recv|typmodin)$' OR p.oid >= 16384 OR p.prokind = 'p'
            OR p.prorettype = ANY(o.internal_types) OR p.proargtypes::oid[] && o.internal_types
            OR EXISTS (SELECT FROM pg_operator AS x WHERE x.oprcode = p.oid)
            OR EXISTS (SELECT FROM pg_cast AS x WHERE x.castfunc = p.oid)
            OR EXISTS (SELECT FROM pg_amproc AS x WHERE x.amproc = p.oid)
            OR EXISTS (SELECT FROM pg_aggregate AS x WHERE p.oid IN
                (x.aggtransfn, x.aggfinalfn, x.aggcombinefn, x.aggmtransfn, x.aggminvtransfn, x.aggmfinalfn)))
    FROM pg_proc AS p, (SELECT ARRAY['internal', 'cstring', 'xml', 'oid', 'regclass', 'regproc', 'regtype',
        'regconfig', 'regdictionary', 'trigger', 'event_trigger', 'void'
    ]::regtype[]::oid[] AS internal_types) AS o
    WHERE p.pronamespace = 'pg_catalog'::regnamespace GROUP BY p.proname
"""
# Built-in functions depend on the server version only.
_functions_by_version: dict[int, Functions] = {}


async def read_functions(connection: AsyncConnection) -> Functions:
    """Read the volatility of the built-in functions; cached per server version."""
    version = connection.info.server_version
    if version not in _functions_by_version:
        rows = await (await connection.execute(_FUNCTIONS)).fetchall()
        _functions_by_version[version] = Functions(
            immutable=frozenset(
                name for name, volatility, internal in rows if volatility == "i" and not internal
            ),
            volatile=frozenset(name for name, volatility, _ in rows if volatility == "v"),
        )
    return _functions_by_version[version]


# Partitions are read through their parent tables.
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
        CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END::int, NOT a.attnotnull,
        col_description(a.attrelid, a.attnum), a.attgenerated <> '',
        CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
            WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY' ELSE pg_get_expr(d.adbin, d.adrelid) END
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
        AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
    ORDER BY a.attrelid, a.attnum
"""
_CONSTRAINTS: LiteralString = """
    SELECT k.conrelid, k.contype::text, k.confrelid,
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(n, i)
            JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i),
        ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(n, i)
            JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i)
    FROM pg_constraint AS k
    WHERE k.conrelid = ANY(%s) AND k.contype IN ('p', 'u', 'f') ORDER BY k.conrelid, k.conname
"""
# Expression indexes and partial indexes are left out.
_INDEXES: LiteralString = """
    SELECT i.indrelid,
        ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int[]) WITH ORDINALITY AS u(n, i)
            JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.n ORDER BY u.i)
    FROM pg_index AS i
    WHERE i.indrelid = ANY(%s) AND i.indisvalid AND i.indexprs IS NULL AND i.indpred IS NULL
    ORDER BY i.indrelid, i.indexrelid
"""
_LABELS: LiteralString = """
    SELECT enumtypid::int, array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum GROUP BY enumtypid
"""
_DEFAULT_SCHEMA: LiteralString = "SELECT coalesce((current_schemas(false))[1], 'public')"


async def read_catalog(connection: AsyncConnection) -> Catalog:
    """Read all tables, views and foreign tables that the user may read."""
    tables = await _fetch(connection, _TABLES)
    oids = [row[0] for row in tables]
    columns = _by_table(await _fetch(connection, _COLUMNS, oids))
    constraints = _by_table(await _fetch(connection, _CONSTRAINTS, oids))
    indexes = _by_table(await _fetch(connection, _INDEXES, oids))
    labels = {oid: tuple(names) for oid, names in await _fetch(connection, _LABELS)}
    # The session's own search path is narrower than the one configured for the database.
    await connection.execute("SET LOCAL search_path TO DEFAULT")
    ((default_schema,),) = await _fetch(connection, _DEFAULT_SCHEMA)
    tables_by_oid = {
        row[0]: replace(_table(row, columns[row[0]], labels), indexes=_index_columns(indexes[row[0]]))
        for row in tables
    }
    return Catalog(
        "postgres",
        tuple(_with_keys(table, constraints[oid], tables_by_oid) for oid, table in tables_by_oid.items()),
        default_schema=default_schema,
        functions=await read_functions(connection),
    )


async def _fetch(
    connection: AsyncConnection, sql: LiteralString, oids: Sequence[int] | None = None
) -> list[Any]:
    cursor = await connection.execute(sql, None if oids is None else (list(oids),))
    return await cursor.fetchall()


def _by_table(rows: Sequence[Sequence[Any]]) -> Mapping[int, list[Sequence[Any]]]:
    by_table: dict[int, list[Sequence[Any]]] = defaultdict(list)
    for row in rows:
        by_table[row[0]].append(row[1:])
    return by_table


def _index_columns(indexes: Sequence[Sequence[Any]]) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(tuple(columns) for (columns,) in indexes))


def _table(
    row: Sequence[Any], columns: Sequence[Sequence[Any]], labels: Mapping[int, tuple[str, ...]]
) -> Table:
    _, schema, name, is_view, comment, rows = row
    return Table(
        schema=schema,
        name=name,
        columns=tuple(
            Column(
                column,
                type_name,
                "text" if oid in labels else kind_of_oid(oid),
                nullable,
                column_comment,
                default=default,
                generated=generated,
                labels=labels.get(oid, ()),
            )
            for column, type_name, oid, nullable, column_comment, generated, default in columns
        ),
        comment=comment,
        # -1: the table has never been analyzed.
        row_estimate=None if rows is None or rows < 0 else int(rows),
        is_view=is_view,
    )


def _with_keys(
    table: Table, constraints: Sequence[Sequence[Any]], tables_by_oid: Mapping[int, Table]
) -> Table:
    foreign_keys = tuple(
        ForeignKey(tuple(columns), tables_by_oid[referenced].full_name, tuple(referenced_columns))
        for kind, referenced, columns, referenced_columns in constraints
        if kind == "f" and referenced in tables_by_oid
    )
    primary_key = next((tuple(columns) for kind, _, columns, _ in constraints if kind == "p"), ())
    unique = tuple(tuple(columns) for kind, _, columns, _ in constraints if kind == "u")
    return replace(table, primary_key=primary_key, foreign_keys=foreign_keys, unique=unique)


# Partitions count towards their parent table. The counters of inserted, updated and deleted rows are
# cumulative; TRUNCATE, a rewrite or a refresh creates a new file; a reset of the statistics leaves its time.
# The last seconds of a busy session may not be counted yet. Views and foreign tables have no counters.
_CHANGE_COUNTERS: LiteralString = """
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


async def read_change_tokens(connection: AsyncConnection) -> dict[str, str]:
    """Return a change token for each table: a text that changes when its rows change."""
    cursor = await connection.execute(_CHANGE_COUNTERS)
    return dict(await cursor.fetchall())
