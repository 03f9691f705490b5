"""A session of MySQL or MariaDB that can read and nothing else: one for each statement.

It runs in a thread. A second thread ends what it does by a session of its own.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pymysql import Connection
from pymysql.cursors import SSCursor
from pymysql.err import Error

from store.access.roles import Scalar
from store.errors import QueryFailed, TargetUnavailable
from store.rows import Limits, RowColumn, Rows
from store.targets.address import Address
from store.targets.host_allowlist import Hosts
from store.targets.mysql.errors import explain, explain_refusal
from store.targets.mysql.type_mapping import conversions, kind_of_field
from store.targets.pem import tls_context
from store.targets.result_limits import Cut

CONNECT_SECONDS = 5
# The driver reads a row whole. A longer one is not read; longer than this, it comes in several packets.
MOST_PACKET = 8_000_000
# The guard reads SQL in this mode: double quotes are texts, a backslash escapes, `||` is OR.
_SETTINGS = (
    "SET SESSION TRANSACTION READ ONLY",
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION lock_wait_timeout = 2, innodb_lock_wait_timeout = 2, group_concat_max_len = 1000000",
)
_MARIADB = "SET SESSION max_statement_time = %s"
_MYSQL = "SET SESSION max_execution_time = %s, cte_max_recursion_depth = 100000"


class RowTooLong(Exception):
    """A single row is longer than what may be read at a time."""


class BoundedConnection(Connection):  # type: ignore[misc]  # the driver tells no types
    """The driver's connection, which reads no row longer than `MOST_PACKET`."""

    def _read_bytes(self, num_bytes: int) -> Any:
        if num_bytes > MOST_PACKET:
            raise RowTooLong
        return super()._read_bytes(num_bytes)

    def abandon(self) -> None:
        """Leave without a word: whoever waits for the server in another thread waits no more."""
        with suppress(OSError, AttributeError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        """Close without reading the rest of the rows, and without waiting for the server's good-bye."""
        self.abandon()
        self._force_close()
        if self._result is not None:
            # Or the driver would go on reading when it is thrown away.
            self._result.unbuffered_active = False


@dataclass
class Statement:
    """One run of one statement, `values` in its placeholders; `session` is there while it is worked on."""

    sql: str
    limits: Limits
    values: tuple[Scalar, ...] = ()
    stopped: threading.Event = field(default_factory=threading.Event)
    session: BoundedConnection | None = None
    begun: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Door:
    """Where the server is, and which hosts may be reached at all."""

    address: Address
    hosts: Hosts

    @contextmanager
    def open(self, statement: Statement) -> Iterator[SSCursor]:
        """Begin a transaction that only reads. Raises `QueryFailed`, `TargetUnavailable`."""
        session = self.connect()
        statement.session = session
        try:
            if statement.stopped.is_set():
                raise QueryFailed(statement.sql, "timeout", "The query was stopped.")
            cursor = session.cursor()
            _lock_down(session, cursor, statement.limits)
            yield cursor
        except RowTooLong:
            raise QueryFailed(statement.sql, "other", "A row is too long.") from None
        except Error as error:
            raise explain(error, statement.sql) from error
        finally:
            session.leave()
            statement.session = None

    def stop(self, statement: Statement) -> None:
        """End a statement in the server, wherever it is; afterwards nobody waits for it."""
        statement.stopped.set()
        session = statement.session
        if session is None:
            return
        with suppress(Error, OSError, TargetUnavailable):
            killer = self.connect()
            try:
                killer.query(f"KILL QUERY {int(session.thread_id())}")
            finally:
                killer.leave()
        session.abandon()

    def connect(self) -> BoundedConnection:
        """Enter. Raises `TargetUnavailable`."""
        address = self.address
        at = self.hosts.pin(address.host, address.port) if address.checked else address.host
        try:
            session = BoundedConnection(
                host=address.host,
                port=address.port,
                user=address.user,
                password=address.password,
                database=address.database,
                charset="utf8mb4",
                conv=conversions(),
                cursorclass=SSCursor,
                ssl=_context(address),
                ssl_disabled=address.tls.mode == "disable",
                program_name="querent",
                autocommit=True,
                local_infile=False,
                connect_timeout=CONNECT_SECONDS,
                defer_connect=True,
            )
            # A socket of our own leads where we looked; its certificate is still held against the name.
            session.connect(socket.create_connection((at, address.port), CONNECT_SECONDS))
        except (Error, OSError) as error:
            raise TargetUnavailable(explain_refusal(error)) from None
        return session


def _context(address: Address) -> ssl.SSLContext | None:
    """None lets the driver seal the connection where the server can, without looking at certificates."""
    if address.tls.mode in ("disable", "allow", "prefer"):
        return None
    return tls_context(address.tls)


def _lock_down(session: BoundedConnection, cursor: SSCursor, limits: Limits) -> None:
    for setting in _SETTINGS:
        cursor.execute(setting)
    if "mariadb" in session.get_server_info().lower():
        cursor.execute(_MARIADB % float(limits.seconds))
    else:
        cursor.execute(_MYSQL % int(limits.seconds * 1_000))
    cursor.execute("START TRANSACTION READ ONLY")


def fetch(cursor: SSCursor, statement: Statement) -> Rows:
    """Run the statement and read its rows one by one, until its end or a limit. Raises `Error`."""
    _execute(cursor, statement)
    cut = Cut(statement.limits)
    try:
        while (row := cursor.fetchone()) is not None and cut.take(row):
            pass
    except RowTooLong:
        cut.truncated = True
    columns = tuple(
        RowColumn(told.name, kind_of_field(told.type_code, told.charsetnr, told.flags))
        for told in _fields(cursor)
    )
    return Rows(columns, tuple(cut.rows), cut.truncated, (time.monotonic() - statement.begun) * 1_000)


def _execute(cursor: SSCursor, statement: Statement) -> None:
    if not statement.values:
        cursor.execute(statement.sql)
        return
    # The driver itself would print values into the text; prepared, the server keeps them apart.
    cursor.execute("SET @querent_sql = %s", (statement.sql,))
    cursor.execute("PREPARE querent FROM @querent_sql")
    names = [f"@querent_{number}" for number in range(len(statement.values))]
    for name, value in zip(names, statement.values, strict=True):
        cursor.execute(f"SET {name} = %s", (value,))
    cursor.execute(f"EXECUTE querent USING {', '.join(names)}")


def _fields(cursor: SSCursor) -> list[Any]:
    """What the server told about the columns; the driver's `description` leaves the character set out."""
    return list(cursor._result.fields) if cursor._result else []
