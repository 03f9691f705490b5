"""Sandboxed SQLite connections, one for each statement; another thread can stop it through `stop`."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from store.access.roles import Scalar
from store.catalog import Catalog
from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.rows import Limits, RowColumn, Rows
from store.targets.processes.worker import WorkerFailure, capture_failures
from store.targets.sqlite.catalog import kind_of_values, read_catalog
from store.targets.sqlite.sandbox import restrict_session
from store.targets.target import ResultBuffer


def salted_hash(salt: str, value: str | float | bytes | None) -> str | None:
    """Return a salted hash of 16 characters: equal for equal values, unguessable without the salt."""
    if value is None:
        return None
    data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return sha256(salt.encode() + data).hexdigest()[:16]


# Virtual machine instructions between two checks of the time limit (about 0.1 ms).
INSTRUCTIONS_PER_CHECK = 2_000
_KIND_BY_MESSAGE: tuple[tuple[str, FailureKind], ...] = (
    ("no such", "unknown_name"),
    ("ambiguous", "ambiguous"),
    ("syntax error", "syntax"),
    ("incomplete input", "syntax"),
    ("unrecognized token", "syntax"),
    ("interrupted", "timeout"),
    ("not authorized", "permission"),
    ("prohibited", "permission"),
    ("readonly", "permission"),
    ("mismatch", "type_mismatch"),
)
_UNREADABLE = ("unable to open", "not a database", "image is malformed", "disk i/o", "encrypted")


class SqliteStatement:
    """Execution of one statement, with its time limit and a `stop` event."""

    def __init__(
        self,
        sql: str,
        limits: Limits,
        tables: frozenset[str] | None = None,
        values: tuple[Scalar, ...] = (),
    ) -> None:
        """Restrict the statement to `tables` (None: all); `values` fill its placeholders."""
        self.sql = sql
        self.values = values
        self.limits = limits
        self.tables = tables
        self.stop = threading.Event()
        self.started = time.monotonic()

    def should_stop(self) -> bool:
        """Tell whether the time limit is reached or the statement was stopped."""
        return self.stop.is_set() or time.monotonic() - self.started > self.limits.seconds


def run_statement(path: Path, statement: SqliteStatement) -> Rows:
    """Run one statement within its limits. Raises `QueryFailed`, `TargetUnavailable`."""
    with open_session(path, statement) as session:
        cursor = session.execute(statement.sql, statement.values)
        buffer = ResultBuffer(statement.limits, statement.started)
        for row in cursor:
            if not buffer.add(row):
                break
        names = [item[0] for item in cursor.description or ()]
        return buffer.to_rows(
            RowColumn(name, kind_of_values([row[position] for row in buffer.rows]))
            for position, name in enumerate(names)
        )


@contextmanager
def open_session(
    path: Path, statement: SqliteStatement, *, trusted: bool = False
) -> Iterator[sqlite3.Connection]:
    """Open the file for one statement, restricted before the statement runs. Raises as `run_statement`.

    `trusted` sessions, for constant SQL only, are unrestricted and may use pragmas.
    """
    try:
        session = _connect(path)
        try:
            session.set_progress_handler(statement.should_stop, INSTRUCTIONS_PER_CHECK)
            if not trusted:
                restrict_session(session, statement.tables, len(statement.values))
            yield session
        finally:
            session.close()
    except sqlite3.Error as error:
        raise _translate_error(error, statement.sql) from error


def _connect(path: Path) -> sqlite3.Connection:
    session = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=2.0
    )
    # Files may contain Latin-1 and invalid UTF-8: replace undecodable bytes instead of failing.
    session.text_factory = _decode
    session.create_function("querent_hash", 2, salted_hash, deterministic=True)
    for pragma in ("query_only=1", "trusted_schema=0", "temp_store=2", "mmap_size=0", "cell_size_check=1"):
        session.execute(f"PRAGMA {pragma}")
    # First use registers these two table functions in the schema, which the authorizer would refuse.
    session.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()
    # Reads the header, so that a file that is not a database fails here.
    session.execute("PRAGMA schema_version").fetchall()
    return session


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _translate_error(error: sqlite3.Error, sql: str) -> QueryFailed | TargetUnavailable:
    message = str(error).lower()
    if any(text in message for text in _UNREADABLE):
        return TargetUnavailable("The database file cannot be read.")
    kind: FailureKind = next((kind for text, kind in _KIND_BY_MESSAGE if text in message), "other")
    return QueryFailed(sql, kind, str(error))


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
