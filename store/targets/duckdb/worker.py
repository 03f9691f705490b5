"""What a worker process does for a DuckDB target."""

from dataclasses import dataclass
from typing import Literal

import duckdb

from store.catalog import Catalog
from store.errors import TargetUnavailable
from store.rows import Limits, Rows
from store.targets.duckdb.catalog import read_catalog
from store.targets.duckdb.session import File, Query, open_session, plan_statement, run_statement
from store.targets.processes.errors import Fault, answered


@dataclass(frozen=True, slots=True)
class Request:
    """Run or plan a query, or read the catalog where there is none."""

    file: File
    limits: Limits
    query: Query | None = None
    what: Literal["run", "plan"] = "run"


def work(request: Request) -> Rows | Catalog | Fault:
    """Answer one request, failures included."""
    return answered(lambda: _work(request))


def _work(request: Request) -> Rows | Catalog:
    if request.query is None:
        return _catalog(request)
    handle = run_statement if request.what == "run" else plan_statement
    return handle(request.file, request.query, request.limits)


def _catalog(request: Request) -> Catalog:
    try:
        with open_session(request.file, request.limits) as session:
            return read_catalog(session)
    except duckdb.Error as error:
        raise TargetUnavailable("The catalog of the database file cannot be read.") from error
