"""Sandboxed DuckDB sessions, one for each statement. Runs in a worker process."""

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from store.access.roles import Scalar
from store.catalog import ColumnKind
from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.rows import Limits, RowColumn, Rows
from store.targets.duckdb.sandbox import check_statement
from store.targets.processes.worker import OUT_OF_MEMORY
from store.targets.target import ResultBuffer

# By the first word of the type, without parameters.
_KINDS: dict[str, ColumnKind] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "BIGNUM"), "integer"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("DECIMAL", "FLOAT", "DOUBLE"), "number"),
    **dict.fromkeys(("VARCHAR", "ENUM"), "text"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp"),
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "INTERVAL": "interval",
    "JSON": "json",
    "BLOB": "binary",
}
_NESTED = ("STRUCT", "MAP", "UNION")
TIMESTAMPTZ = "TIMESTAMP WITH TIME ZONE"


def kind_of_type(type_name: str) -> ColumnKind:
    """Return the kind of a type; lists, structs and maps are presented as JSON."""
    if type_name.endswith("]") or type_name.startswith(_NESTED):
        return "json"
    return _KINDS.get(type_name.partition("(")[0].partition(" ")[0], "other")


def select_expression(position: int, type_name: str) -> str:
    """Return the SQL expression that selects the column at this position (from 1) without loss in Python.

    Intervals become text, since a month is not a number of days; timestamps with time zone become UTC.
    """
    if type_name == TIMESTAMPTZ:
        return f"#{position} AT TIME ZONE 'UTC'"
    if "INTERVAL" in type_name or "WITH TIME ZONE" in type_name:
        return f"CAST(#{position} AS VARCHAR)"
    return f"#{position}"


# Below the memory limit of the worker, so that DuckDB spills to disk or reports the problem itself.
MEMORY_LIMIT = "140MB"
TEMP_DIRECTORY_LIMIT = "2GB"
THREADS = 2
# DuckDB's own batches have 2,048 rows. The first batch is small, since a single row may be large.
FIRST_BATCH = 20
BATCH = 500
TRUSTED_ALIAS = "target"
_SETTINGS_BEFORE_ATTACH = (
    f"SET memory_limit = '{MEMORY_LIMIT}'",
    f"SET threads = {THREADS}",
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
)
_SETTINGS_AFTER_ATTACH = ("SET enable_external_access = false", "SET lock_configuration = true")
_TABLE_NAMES = """
    SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $file
    UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $file AND NOT internal
"""
_KIND_BY_EXCEPTION: tuple[tuple[type[duckdb.Error], FailureKind], ...] = (
    (duckdb.InterruptException, "timeout"),
    (duckdb.ParserException, "syntax"),
    (duckdb.SyntaxException, "syntax"),
    (duckdb.CatalogException, "unknown_name"),
    (duckdb.PermissionException, "permission"),
    (duckdb.ConversionException, "type_mismatch"),
    (duckdb.TypeMismatchException, "type_mismatch"),
)
# Binder errors concern names or types; only the message distinguishes them.
_KIND_BY_MESSAGE: tuple[tuple[str, FailureKind], ...] = (
    ("ambiguous", "ambiguous"),
    ("no function matches", "type_mismatch"),
    ("cannot compare", "type_mismatch"),
    ("cannot mix", "type_mismatch"),
    ("type mismatch", "type_mismatch"),
    ("not found", "unknown_name"),
    ("does not exist", "unknown_name"),
    ("disabled", "permission"),
    ("read-only", "permission"),
    ("division by zero", "division_by_zero"),
)
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DuckdbFile:
    """A DuckDB file, and the temporary folder that DuckDB may spill to."""

    path: Path
    temp_directory: Path


@contextmanager
def open_session(
    file: DuckdbFile, limits: Limits, tables: frozenset[str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file for one statement over `tables`; None opens it for trusted SQL over all tables.

    Raises `QueryFailed`, `TargetUnavailable`.
    """
    session = duckdb.connect(":memory:")
    timer = threading.Timer(limits.seconds, session.interrupt)
    timer.daemon = True
    timer.start()
    try:
        alias = TRUSTED_ALIAS if tables is None else f"file_{secrets.token_hex(16)}"
        _attach(session, file, alias)
        if tables is None:
            session.execute(f"USE {TRUSTED_ALIAS}")
        else:
            for schema, table in find_tables(session, alias, tables):
                _create_view(session, alias, schema, table)
        for setting in _SETTINGS_AFTER_ATTACH:
            session.execute(setting)
        yield session
    finally:
        timer.cancel()
        session.close()


@dataclass(frozen=True, slots=True)
class DuckdbQuery:
    """SQL with the values of its placeholders; `tables` it may read (None: trusted, all tables)."""

    sql: str
    tables: frozenset[str] | None = None
    values: tuple[Scalar, ...] = ()


def run_statement(file: DuckdbFile, query: DuckdbQuery, limits: Limits) -> Rows:
    """Run one statement within the limits. Raises as `open_session`."""
    started = time.monotonic()
    try:
        with open_session(file, limits, query.tables) as session:
            if query.tables is not None:
                check_statement(session, query.sql, {_unqualified(name) for name in query.tables})
            types = _describe(session, query)
            cursor = session.execute(_with_casts(query.sql, types), query.values)
            return _fetch(cursor, types, limits, started)
    except duckdb.Error as error:
        raise translate_error(error, query.sql) from error


def plan_statement(file: DuckdbFile, query: DuckdbQuery, limits: Limits) -> Rows:
    """Plan one statement without running it. Raises as `open_session`."""
    started = time.monotonic()
    try:
        with open_session(file, limits, query.tables) as session:
            check_statement(session, query.sql, {_unqualified(name) for name in query.tables or ()})
            cursor = session.execute(f"EXPLAIN (FORMAT json) {query.sql}", query.values)
            return _fetch(cursor, [("key", "VARCHAR"), ("value", "VARCHAR")], limits, started)
    except duckdb.Error as error:
        raise translate_error(error, query.sql) from error


def _attach(session: duckdb.DuckDBPyConnection, file: DuckdbFile, alias: str) -> None:
    for setting in _SETTINGS_BEFORE_ATTACH:
        session.execute(setting)
    session.execute(f"SET temp_directory = {_literal(str(file.temp_directory))}")
    session.execute(f"SET max_temp_directory_size = '{TEMP_DIRECTORY_LIMIT}'")
    try:
        session.execute(f"ATTACH {_literal(str(file.path))} AS {alias} (READ_ONLY)")
    except duckdb.Error as error:
        raise TargetUnavailable("The database file cannot be read.") from error


def find_tables(session: duckdb.DuckDBPyConnection, alias: str, tables: frozenset[str]) -> Pairs:
    """Resolve table names to (schema, table); an unqualified name refers to the schema `main`."""
    pairs = session.execute(_TABLE_NAMES, {"file": alias}).fetchall()
    names = {name.lower() for name in tables}
    return [
        (schema, name)
        for schema, name in pairs
        if f"{schema}.{name}".lower() in names or (schema == "main" and name.lower() in names)
    ]


def _create_view(session: duckdb.DuckDBPyConnection, alias: str, schema: str, table: str) -> None:
    schema, table = quote(schema), quote(table)
    session.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    session.execute(f"CREATE VIEW {schema}.{table} AS SELECT * FROM {alias}.{schema}.{table}")


def _describe(session: duckdb.DuckDBPyConnection, query: DuckdbQuery) -> Pairs:
    """Return names and types of the result columns without running the query."""
    rows = session.execute(f"DESCRIBE SELECT * FROM ({query.sql})", query.values).fetchall()
    return [(str(name), str(type_name)) for name, type_name, *_ in rows]


def _with_casts(sql: str, types: Pairs) -> str:
    expressions = [select_expression(position, type_name) for position, (_, type_name) in enumerate(types, 1)]
    # Wrapped only if necessary: a subquery does not guarantee to keep the order of the rows.
    if all(column.startswith("#") and column[1:].isdigit() for column in expressions):
        return sql
    return f"SELECT {', '.join(expressions)} FROM ({sql})"


def _fetch(cursor: duckdb.DuckDBPyConnection, types: Pairs, limits: Limits, started: float) -> Rows:
    buffer, size = ResultBuffer(limits, started), FIRST_BATCH
    timestamp_positions = [
        position for position, (_, type_name) in enumerate(types) if type_name == TIMESTAMPTZ
    ]
    while not buffer.truncated:
        batch = cursor.fetchmany(size)
        if not batch or not all(buffer.add(_with_zone(row, timestamp_positions)) for row in batch):
            break
        size = BATCH
    return buffer.to_rows(RowColumn(name, kind_of_type(type_name)) for name, type_name in types)


def _with_zone(row: tuple[Any, ...], timestamp_positions: Sequence[int]) -> tuple[Any, ...]:
    if not timestamp_positions:
        return row
    return tuple(
        value.replace(tzinfo=UTC)
        if position in timestamp_positions and isinstance(value, datetime)
        else value
        for position, value in enumerate(row)
    )


def _unqualified(name: str) -> str:
    return name.rpartition(".")[2].lower()


def quote(name: str) -> str:
    """Quote an identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def translate_error(error: duckdb.Error, sql: str) -> QueryFailed | TargetUnavailable:
    """Translate a DuckDB exception to a store exception."""
    message = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryFailed(sql, "other", OUT_OF_MEMORY)
    if isinstance(error, duckdb.IOException):
        return TargetUnavailable("The database file cannot be read.")
    by_exception = next((kind for cls, kind in _KIND_BY_EXCEPTION if isinstance(error, cls)), None)
    by_message = next((kind for text, kind in _KIND_BY_MESSAGE if text in message.lower()), None)
    # Only the first line: the others quote the query and suggest other names.
    return QueryFailed(sql, by_exception or by_message or "other", message.partition("\n")[0])
