"""What a worker process does for a SQLite target."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from store.catalog import Catalog
from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.rows import Limits, Rows
from store.targets.sqlite_catalog import read_catalog
from store.targets.sqlite_session import Statement, open_session, run_statement


@dataclass(frozen=True, slots=True)
class Request:
    """Read the catalog, or run `sql` over `tables` (None: over all of them)."""

    path: Path
    limits: Limits
    sql: str | None = None
    tables: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """How it failed; `kind` is `gone` when the file cannot be read at all."""

    kind: FailureKind | Literal["gone"]
    reason: str


def work(request: Request) -> Rows | Catalog | Fault:
    """Answer one request, failures included."""
    statement = Statement(request.sql or "", request.limits, request.tables)
    try:
        if request.sql is not None:
            return run_statement(request.path, statement)
        with open_session(request.path, statement, trusted=True) as session:
            return read_catalog(session)
    except QueryFailed as failure:
        return Fault(failure.kind, failure.reason)
    except TargetUnavailable as gone:
        return Fault("gone", str(gone))
    except MemoryError:
        return Fault("other", "The query needs too much memory.")
