"""Worker entry point of DuckDB targets."""

from dataclasses import dataclass
from typing import Literal

import duckdb

from store.catalog import Catalog
from store.errors import TargetUnavailable
from store.rows import Limits, Rows
from store.targets.duckdb.catalog import read_catalog
from store.targets.duckdb.session import DuckdbFile, DuckdbQuery, open_session, plan_statement, run_statement
from store.targets.processes.worker import WorkerFailure, capture_failures


@dataclass(frozen=True, slots=True)
class DuckdbRequest:
    """Request to run or plan a query, or to read the catalog if there is no query."""

    file: DuckdbFile
    limits: Limits
    query: DuckdbQuery | None = None
    action: Literal["run", "plan"] = "run"


def handle_request(request: DuckdbRequest) -> Rows | Catalog | WorkerFailure:
    """Handle one request; failures are returned."""
    return capture_failures(lambda: _handle(request))


def _handle(request: DuckdbRequest) -> Rows | Catalog:
    if request.query is None:
        return _read_catalog(request)
    execute = run_statement if request.action == "run" else plan_statement
    return execute(request.file, request.query, request.limits)


def _read_catalog(request: DuckdbRequest) -> Catalog:
    try:
        with open_session(request.file, request.limits) as session:
            return read_catalog(session)
    except duckdb.Error as error:
        raise TargetUnavailable("The catalog of the database file cannot be read.") from error
