"""A connection to a SQLite file that can read what it is told to, and nothing else.

It runs in a thread: a second thread stops it by setting `stop`.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from store.access.roles import Scalar
from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.rows import Limits, RowColumn, Rows
from store.targets.result_limits import Cut
from store.targets.sqlite.sandbox import confine
from store.targets.sqlite.type_mapping import kind_of_values


def salted_hash(salt: str, value: str | float | bytes | None) -> str | None:
    """Give sixteen signs that are the same for the same value, and that nobody can guess without the salt."""
    if value is None:
        return None
    plain = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return sha256(salt.encode() + plain).hexdigest()[:16]


# How many steps of SQLite's machine pass between two looks at the clock (about a tenth of a millisecond).
STEPS_BETWEEN_LOOKS = 2_000
_KINDS: tuple[tuple[str, FailureKind], ...] = (
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
_GONE = ("unable to open", "not a database", "image is malformed", "disk i/o", "encrypted")


class Statement:
    """One run of one statement: when it must end, and whether somebody wants it to end now."""

    def __init__(
        self,
        sql: str,
        limits: Limits,
        tables: frozenset[str] | None = None,
        values: tuple[Scalar, ...] = (),
    ) -> None:
        """`tables` are the only ones it may read; None: all. `values` belong in its placeholders."""
        self.sql = sql
        self.values = values
        self.limits = limits
        self.tables = tables
        self.stop = threading.Event()
        self._begun = time.monotonic()

    @property
    def ms(self) -> float:
        """How long it has been going."""
        return (time.monotonic() - self._begun) * 1_000

    def must_end(self) -> bool:
        """Say whether time is up or somebody stopped it."""
        return self.stop.is_set() or self.ms > self.limits.seconds * 1_000


def run_statement(path: Path, statement: Statement) -> Rows:
    """Run one statement to its end or to its limits. Raises `QueryFailed`, `TargetUnavailable`."""
    with open_session(path, statement) as session:
        cursor = session.execute(statement.sql, statement.values)
        cut = Cut(statement.limits)
        for row in cursor:
            if not cut.take(row):
                break
        names = [item[0] for item in cursor.description or ()]
        columns = tuple(
            RowColumn(name, kind_of_values([row[position] for row in cut.rows]))
            for position, name in enumerate(names)
        )
        return Rows(columns, tuple(cut.rows), cut.truncated, statement.ms)


@contextmanager
def open_session(path: Path, statement: Statement, *, trusted: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the file for one statement, locked down before the statement is seen. Raises as `run_statement`.

    Only for statements of our own, `trusted`, are pragmas open.
    """
    try:
        session = _connect(path)
        try:
            session.set_progress_handler(statement.must_end, STEPS_BETWEEN_LOOKS)
            if not trusted:
                confine(session, statement.tables, len(statement.values))
            yield session
        finally:
            session.close()
    except sqlite3.Error as error:
        raise _explain(error, statement.sql) from error


def _connect(path: Path) -> sqlite3.Connection:
    session = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=2.0
    )
    # Files from elsewhere hold Latin-1 and worse; a replacement sign is better than no answer.
    session.text_factory = _tolerant
    session.create_function("querent_hash", 2, salted_hash, deterministic=True)
    for pragma in ("query_only=1", "trusted_schema=0", "temp_store=2", "mmap_size=0", "cell_size_check=1"):
        session.execute(f"PRAGMA {pragma}")
    # SQLite writes these two into its schema at first use, which the authorizer would refuse.
    session.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()
    # Reads the header, so that a file that is no database is told here.
    session.execute("PRAGMA schema_version").fetchall()
    return session


def _tolerant(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _explain(error: sqlite3.Error, sql: str) -> QueryFailed | TargetUnavailable:
    said = str(error).lower()
    if any(sign in said for sign in _GONE):
        return TargetUnavailable("The database file cannot be read.")
    kind: FailureKind = next((kind for sign, kind in _KINDS if sign in said), "other")
    return QueryFailed(sql, kind, str(error))
