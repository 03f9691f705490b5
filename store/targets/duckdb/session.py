"""A DuckDB session that can read what it is told to, and nothing else. It runs in a worker process."""

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
from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.rows import Limits, RowColumn, Rows
from store.targets.duckdb.sandbox import check
from store.targets.duckdb.type_mapping import MOMENT, as_selected, kind_of_type
from store.targets.processes.errors import TOO_MUCH_MEMORY
from store.targets.result_limits import Cut

# Less than a worker may grow by, so that DuckDB turns to the disk, or says that it is too much.
MEMORY = "140MB"
DISK = "2GB"
THREADS = 2
# A batch of DuckDB's own has 2,048 rows; the first is small, for a single row may be large.
FIRST_BATCH = 20
BATCH = 500
TRUSTED = "target"
_BEFORE = (
    f"SET memory_limit = '{MEMORY}'",
    f"SET threads = {THREADS}",
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
)
_AFTER = ("SET enable_external_access = false", "SET lock_configuration = true")
_NAMES = """
    SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $file
    UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $file AND NOT internal
"""
_KINDS: tuple[tuple[type[duckdb.Error], FailureKind], ...] = (
    (duckdb.InterruptException, "timeout"),
    (duckdb.ParserException, "syntax"),
    (duckdb.SyntaxException, "syntax"),
    (duckdb.CatalogException, "unknown_name"),
    (duckdb.PermissionException, "permission"),
    (duckdb.ConversionException, "type_mismatch"),
    (duckdb.TypeMismatchException, "type_mismatch"),
)
# Binding is where names and types are looked at: only the words tell which.
_WORDS: tuple[tuple[str, FailureKind], ...] = (
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
class File:
    """A DuckDB file, and the folder where DuckDB may put what does not fit into memory."""

    path: Path
    scratch: Path


@contextmanager
def open_session(
    file: File, limits: Limits, tables: frozenset[str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file for one statement over `tables`; None: of ours, over all of them, as `target`.

    Raises `QueryFailed`, `TargetUnavailable`.
    """
    session = duckdb.connect(":memory:")
    clock = threading.Timer(limits.seconds, session.interrupt)
    clock.daemon = True
    clock.start()
    try:
        name = TRUSTED if tables is None else f"file_{secrets.token_hex(16)}"
        _attach(session, file, name)
        if tables is None:
            session.execute(f"USE {TRUSTED}")
        else:
            for pair in readable(session, name, tables):
                _show(session, name, pair)
        for setting in _AFTER:
            session.execute(setting)
        yield session
    finally:
        clock.cancel()
        session.close()


@dataclass(frozen=True, slots=True)
class Query:
    """What to run: `values` belong in the placeholders, `tables` may be read (None: ours, over all)."""

    sql: str
    tables: frozenset[str] | None = None
    values: tuple[Scalar, ...] = ()


def run_statement(file: File, query: Query, limits: Limits) -> Rows:
    """Run one statement to its end or to its limits. Raises as `open_session`."""
    begun = time.monotonic()
    try:
        with open_session(file, limits, query.tables) as session:
            if query.tables is not None:
                check(session, query.sql, {_bare(name) for name in query.tables})
            types = _describe(session, query)
            cursor = session.execute(_as_python_can_hold(query.sql, types), query.values)
            return _fetch(cursor, types, limits, begun)
    except duckdb.Error as error:
        raise explain(error, query.sql) from error


def plan_statement(file: File, query: Query, limits: Limits) -> Rows:
    """Let DuckDB plan a statement without running it. Raises as `open_session`."""
    begun = time.monotonic()
    try:
        with open_session(file, limits, query.tables) as session:
            check(session, query.sql, {_bare(name) for name in query.tables or ()})
            cursor = session.execute(f"EXPLAIN (FORMAT json) {query.sql}", query.values)
            return _fetch(cursor, [("key", "VARCHAR"), ("value", "VARCHAR")], limits, begun)
    except duckdb.Error as error:
        raise explain(error, query.sql) from error


def _attach(session: duckdb.DuckDBPyConnection, file: File, name: str) -> None:
    for setting in _BEFORE:
        session.execute(setting)
    session.execute(f"SET temp_directory = {_text(str(file.scratch))}")
    session.execute(f"SET max_temp_directory_size = '{DISK}'")
    try:
        session.execute(f"ATTACH {_text(str(file.path))} AS {name} (READ_ONLY)")
    except duckdb.Error as error:
        raise TargetUnavailable("The database file cannot be read.") from error


def readable(session: duckdb.DuckDBPyConnection, file: str, tables: frozenset[str]) -> Pairs:
    """Find the pairs of a schema and a table that these full names mean; a bare name is one of `main`."""
    pairs = session.execute(_NAMES, {"file": file}).fetchall()
    wanted = {name.lower() for name in tables}
    return [
        (schema, name)
        for schema, name in pairs
        if f"{schema}.{name}".lower() in wanted or (schema == "main" and name.lower() in wanted)
    ]


def _show(session: duckdb.DuckDBPyConnection, file: str, pair: tuple[str, str]) -> None:
    schema, name = map(quote, pair)
    session.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    session.execute(f"CREATE VIEW {schema}.{name} AS SELECT * FROM {file}.{schema}.{name}")


def _describe(session: duckdb.DuckDBPyConnection, query: Query) -> Pairs:
    """Give the names and types of the columns, without running anything."""
    told = session.execute(f"DESCRIBE SELECT * FROM ({query.sql})", query.values).fetchall()
    return [(str(name), str(type_name)) for name, type_name, *_ in told]


def _as_python_can_hold(sql: str, types: Pairs) -> str:
    shown = [as_selected(position, type_name) for position, (_, type_name) in enumerate(types, 1)]
    # Only where it must be: the order of the rows is safest in the statement itself.
    if all(column.startswith("#") and column[1:].isdigit() for column in shown):
        return sql
    return f"SELECT {', '.join(shown)} FROM ({sql})"


def _fetch(cursor: duckdb.DuckDBPyConnection, types: Pairs, limits: Limits, begun: float) -> Rows:
    cut, size = Cut(limits), FIRST_BATCH
    moments = [position for position, (_, type_name) in enumerate(types) if type_name == MOMENT]
    while not cut.truncated:
        batch = cursor.fetchmany(size)
        if not batch or not all(cut.take(_with_zone(row, moments)) for row in batch):
            break
        size = BATCH
    columns = tuple(RowColumn(name, kind_of_type(type_name)) for name, type_name in types)
    return Rows(columns, tuple(cut.rows), cut.truncated, (time.monotonic() - begun) * 1_000)


def _with_zone(row: tuple[Any, ...], moments: Sequence[int]) -> tuple[Any, ...]:
    if not moments:
        return row
    return tuple(
        value.replace(tzinfo=UTC) if position in moments and isinstance(value, datetime) else value
        for position, value in enumerate(row)
    )


def _bare(name: str) -> str:
    return name.rpartition(".")[2].lower()


def quote(name: str) -> str:
    """Write a name so that DuckDB takes it for nothing else."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def explain(error: duckdb.Error, sql: str) -> QueryFailed | TargetUnavailable:
    """Turn DuckDB's exception into ours."""
    said = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryFailed(sql, "other", TOO_MUCH_MEMORY)
    if isinstance(error, duckdb.IOException):
        return TargetUnavailable("The database file cannot be read.")
    worded = next((kind for sign, kind in _WORDS if sign in said.lower()), None)
    typed = next((kind for kind_of_error, kind in _KINDS if isinstance(error, kind_of_error)), None)
    # Only the first line: the others quote the query, and what else there is.
    return QueryFailed(sql, typed or worded or "other", said.partition("\n")[0])
