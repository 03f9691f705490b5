"""Worker entry point of SQLite targets."""

from dataclasses import dataclass
from pathlib import Path

from store.access.roles import Scalar
from store.catalog import Catalog
from store.rows import Limits, Rows
from store.targets.processes.errors import WorkerFailure, capture_failures
from store.targets.sqlite.catalog import read_catalog
from store.targets.sqlite.session import SqliteStatement, open_session, run_statement


@dataclass(frozen=True, slots=True)
class SqliteRequest:
    """Request to run `sql` with `values` over `tables` (None: all tables), or to read the catalog."""

    path: Path
    limits: Limits
    sql: str | None = None
    tables: frozenset[str] | None = None
    values: tuple[Scalar, ...] = ()


def handle_request(request: SqliteRequest) -> Rows | Catalog | WorkerFailure:
    """Handle one request; failures are returned."""
    return capture_failures(lambda: _handle(request))


def _handle(request: SqliteRequest) -> Rows | Catalog:
    statement = SqliteStatement(request.sql or "", request.limits, request.tables, request.values)
    if request.sql is not None:
        return run_statement(request.path, statement)
    with open_session(request.path, statement, trusted=True) as session:
        return read_catalog(session)
