"""What a worker process does for a target that is spoken to through SQLAlchemy."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from store.catalog import Catalog, Dialect
from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.rows import Limits, RowColumn, Rows
from store.targets.processes.errors import Fault, answered
from store.targets.result_limits import Cut
from store.targets.sqlalchemy.catalog import kind_of_python, read_catalog

BATCH = 100
# What makes a session only read, by SQLAlchemy's name of the engine. Elsewhere nothing but the rights of
# the user keeps it from writing, and README says so.
READ_ONLY: dict[str, str] = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "cockroachdb": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = 1",
    "oracle": "SET TRANSACTION READ ONLY",
    "clickhouse": "SET readonly = 1",
}
# Engines say it in words of their own; these are in most of them.
_WORDS: tuple[tuple[str, FailureKind], ...] = (
    ("ambiguous", "ambiguous"),
    ("division by zero", "division_by_zero"),
    ("divide by zero", "division_by_zero"),
    ("permission", "permission"),
    ("denied", "permission"),
    ("not authorized", "permission"),
    ("read-only", "permission"),
    ("readonly", "permission"),
    ("read only", "permission"),
    ("no such", "unknown_name"),
    ("exist", "unknown_name"),
    ("not found", "unknown_name"),
    ("resolved", "unknown_name"),
    ("unknown", "unknown_name"),
    ("invalid identifier", "unknown_name"),
    ("syntax", "syntax"),
    ("mismatch", "type_mismatch"),
    ("cast", "type_mismatch"),
    ("conversion", "type_mismatch"),
    ("timeout", "timeout"),
    ("time limit", "timeout"),
    ("interrupted", "timeout"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """Read the catalog, or run `sql`, which is in the engine's own words already."""

    url: str
    dialect: Dialect
    limits: Limits
    sql: str | None = None


def work(request: Request) -> Rows | Catalog | Fault:
    """Answer one request, failures included."""
    return answered(lambda: _work(request))


def _work(request: Request) -> Rows | Catalog:
    with _reading(request) as connection:
        if request.sql is None:
            return read_catalog(connection, request.dialect)
        return _fetch(connection, request.sql, request.limits)


@contextmanager
def _reading(request: Request) -> Iterator[Connection]:
    """A connection of its own, whose transaction is never committed."""
    try:
        connection = _engine(request.url).connect()
    except (SQLAlchemyError, ImportError) as error:
        raise TargetUnavailable("The database does not answer, or its driver is not installed.") from error
    try:
        if setting := READ_ONLY.get(connection.dialect.name):
            connection.exec_driver_sql(setting)
            if connection.dialect.name not in ("oracle", "sqlite"):
                # It counts from the next transaction on.
                connection.rollback()
        yield connection
    except DBAPIError as error:
        raise _explain(error, request.sql or "") from error
    except SQLAlchemyError as error:
        raise TargetUnavailable("The catalog of the database cannot be read.") from error
    finally:
        connection.invalidate()
        connection.close()


@lru_cache(maxsize=4)
def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


def _fetch(connection: Connection, sql: str, limits: Limits) -> Rows:
    begun = time.monotonic()
    # No parameter style at all: a percent sign or a colon is only that.
    streaming = connection.execution_options(stream_results=True, no_parameters=True)
    result = streaming.exec_driver_sql(sql)
    cut = Cut(limits)
    while not cut.truncated:
        batch = result.fetchmany(BATCH)
        if not batch or not all(cut.take(tuple(row)) for row in batch):
            break
    columns = tuple(
        RowColumn(name, kind_of_python([row[position] for row in cut.rows]))
        for position, name in enumerate(result.keys())
    )
    return Rows(columns, tuple(cut.rows), cut.truncated, (time.monotonic() - begun) * 1_000)


def _explain(error: DBAPIError, sql: str) -> QueryFailed | TargetUnavailable:
    if error.connection_invalidated:
        return TargetUnavailable("The database does not answer.")
    said = str(error.orig)
    kind: FailureKind = next((kind for sign, kind in _WORDS if sign in said.lower()), "other")
    return QueryFailed(sql, kind, said)
