"""What a worker process does for a SQLite target."""

from dataclasses import dataclass
from pathlib import Path

from store.access.roles import Scalar
from store.catalog import Catalog
from store.rows import Limits, Rows
from store.targets.processes.errors import Fault, answered
from store.targets.sqlite.catalog import read_catalog
from store.targets.sqlite.session import Statement, open_session, run_statement


@dataclass(frozen=True, slots=True)
class Request:
    """Read the catalog, or run `sql` with `values` over `tables` (None: over all of them)."""

    path: Path
    limits: Limits
    sql: str | None = None
    tables: frozenset[str] | None = None
    values: tuple[Scalar, ...] = ()


def work(request: Request) -> Rows | Catalog | Fault:
    """Answer one request, failures included."""
    return answered(lambda: _work(request))


def _work(request: Request) -> Rows | Catalog:
    statement = Statement(request.sql or "", request.limits, request.tables, request.values)
    if request.sql is not None:
        return run_statement(request.path, statement)
    with open_session(request.path, statement, trusted=True) as session:
        return read_catalog(session)
