"""Worker entry point of targets that are accessed through SQLAlchemy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from store.catalog import Catalog, Dialect
from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.rows import Limits, RowColumn, Rows
from store.targets.connect_errors import PARSE_ERRORS, ConnectFailure
from store.targets.processes.worker import WorkerFailure, capture_failures
from store.targets.sqlalchemy.catalog import kind_of_python_values, read_catalog
from store.targets.target import ResultBuffer

BATCH = 100
# Statement that makes a session read-only, by SQLAlchemy's backend name. For other engines only the
# privileges of the database user prevent writes, as the README says.
READ_ONLY: dict[str, str] = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "cockroachdb": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = 1",
    "oracle": "SET TRANSACTION READ ONLY",
    "clickhouse": "SET readonly = 1",
}
# Error messages differ between engines; these texts are common to most of them.
_KIND_BY_MESSAGE: tuple[tuple[str, FailureKind], ...] = (
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

Action = Literal["connect", "catalog", "run"]


@dataclass(frozen=True, slots=True)
class SqlalchemyRequest:
    """Request to connect, to read the catalog, or to run `sql` in the engine's dialect."""

    url: str
    dialect: Dialect
    limits: Limits
    action: Action
    sql: str = ""


def handle_request(request: SqlalchemyRequest) -> Rows | Catalog | WorkerFailure | None:
    """Handle one request; failures are returned."""
    return capture_failures(lambda: _handle(request))


def _handle(request: SqlalchemyRequest) -> Rows | Catalog | None:
    with _open_connection(request) as connection:
        match request.action:
            case "connect":
                return None
            case "catalog":
                return read_catalog(connection, request.dialect)
            case "run":
                return _fetch(connection, request.sql, request.limits)


@contextmanager
def _open_connection(request: SqlalchemyRequest) -> Iterator[Connection]:
    """Open a connection for one request; its transaction is never committed."""
    try:
        connection = _engine(request.url).connect()
    except (SQLAlchemyError, ImportError, OSError, *PARSE_ERRORS) as error:
        raise TargetUnavailable("The database does not respond, or its driver is not installed.") from error
    try:
        if setting := READ_ONLY.get(connection.dialect.name):
            connection.exec_driver_sql(setting)
            if connection.dialect.name not in ("oracle", "sqlite"):
                # Takes effect with the next transaction.
                connection.rollback()
        yield connection
    except DBAPIError as error:
        raise _translate_error(error, request.sql) from error
    except SQLAlchemyError as error:
        raise TargetUnavailable("The catalog of the database cannot be read.") from error
    finally:
        connection.invalidate()
        connection.close()


@lru_cache(maxsize=4)
def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


def _fetch(connection: Connection, sql: str, limits: Limits) -> Rows:
    buffer = ResultBuffer(limits)
    # Without parameter style: percent signs and colons are literal.
    streaming = connection.execution_options(stream_results=True, no_parameters=True)
    result = streaming.exec_driver_sql(sql)
    while not buffer.truncated:
        batch = result.fetchmany(BATCH)
        if not batch or not all(buffer.add(tuple(row)) for row in batch):
            break
    return buffer.to_rows(
        RowColumn(name, kind_of_python_values([row[position] for row in buffer.rows]))
        for position, name in enumerate(result.keys())
    )


def _translate_error(error: DBAPIError, sql: str) -> QueryFailed | TargetUnavailable:
    if error.connection_invalidated:
        return TargetUnavailable(ConnectFailure.LOST)
    message = str(error.orig)
    kind: FailureKind = next((kind for text, kind in _KIND_BY_MESSAGE if text in message.lower()), "other")
    return QueryFailed(sql, kind, message)
