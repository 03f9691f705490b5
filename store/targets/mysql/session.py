"""Read-only MySQL and MariaDB sessions, one for each statement.

A session runs in a thread; another thread cancels its statement through a second session.
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
from pymysql.err import Error, InterfaceError, InternalError

from store.access.roles import Scalar
from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.rows import Limits, RowColumn, Rows
from store.targets.address import TargetAddress
from store.targets.connect_errors import CONNECT_SECONDS, PARSE_ERRORS, ConnectFailure
from store.targets.host_allowlist import HostAllowlist
from store.targets.mysql.catalog import conversions, kind_of_field
from store.targets.target import ResultBuffer
from store.targets.tls import tls_context

_NUMBERS_BY_KIND: dict[FailureKind, tuple[int, ...]] = {
    # Unknown database, column, table, function, procedure.
    "unknown_name": (1049, 1051, 1054, 1109, 1146, 1305, 1630, 4161),
    "ambiguous": (1052, 1060, 1066),
    "syntax": (1064, 1065, 1111, 1140, 1222, 1241, 1248, 1055, 1582, 3593, 4015),
    "type_mismatch": (1267, 1270, 1292, 1366, 1367, 1411, 3140, 3141, 4037, 4038),
    "division_by_zero": (1365,),
    # Killed, lock wait timeout, time limits of MariaDB and MySQL.
    "timeout": (1205, 1317, 1969, 3024),
    # Insufficient privileges, or an attempt to write.
    "permission": (1044, 1095, 1142, 1143, 1227, 1290, 1345, 1370, 1792, 1836),
}
_KIND_BY_NUMBER: dict[int, FailureKind] = {
    number: kind for kind, numbers in _NUMBERS_BY_KIND.items() for number in numbers
}
# Too many connections, shutting down, unreachable, connection lost, access denied.
_UNAVAILABLE = frozenset({1040, 1043, 1045, 1053, 1129, 1130, 1203, 1698, 2002, 2003, 2005, 2006, 2013, 2055})
_CONNECT_ERRORS = {
    1044: ConnectFailure.REJECTED_CREDENTIALS,
    1045: ConnectFailure.REJECTED_CREDENTIALS,
    1698: ConnectFailure.REJECTED_CREDENTIALS,
    1049: ConnectFailure.UNKNOWN_DATABASE,
    2026: ConnectFailure.TLS_UNSUPPORTED,
    3159: ConnectFailure.TLS_REQUIRED,
}


class RowTooLong(Exception):
    """A row exceeds the largest packet that may be read."""


def translate_error(error: Error, sql: str) -> QueryFailed | TargetUnavailable:
    """Translate a driver exception to a store exception."""
    number, message = error_number(error), str(error.args[1]) if len(error.args) > 1 else ""
    if number in _UNAVAILABLE or isinstance(error, InterfaceError):
        return TargetUnavailable(ConnectFailure.LOST)
    return QueryFailed(sql, _KIND_BY_NUMBER.get(number, "other"), message)


def describe_connect_error(error: Exception) -> ConnectFailure:
    """Describe in one sentence why the connection failed."""
    # The driver raises `InternalError` for packets out of sequence: those of another protocol.
    if isinstance(error, (InternalError, RowTooLong, *PARSE_ERRORS)):
        return ConnectFailure.WRONG_PROTOCOL
    number = error_number(error) if isinstance(error, Error) else 0
    if number in _CONNECT_ERRORS:
        return _CONNECT_ERRORS[number]
    message = str(error).lower()
    if "certificate" in message:
        return ConnectFailure.UNTRUSTED_CERTIFICATE
    return ConnectFailure.TLS_FAILED if "ssl" in message else ConnectFailure.LOST


def error_number(error: Error) -> int:
    """Return the error number of the server or the driver; 0 if there is none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


# Time limit of the second session that kills a statement; the statement's own time limit remains.
KILL_SECONDS = 2.0
# Largest packet in bytes. The driver reads a row whole, and a row is one packet up to 16 MB.
MAX_PACKET_BYTES = 8_000_000
# The guard assumes this SQL mode: double quotes delimit strings, backslashes escape, `||` is OR.
_SETTINGS = (
    "SET SESSION TRANSACTION READ ONLY",
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION lock_wait_timeout = 2, innodb_lock_wait_timeout = 2, group_concat_max_len = 1000000",
)
_MARIADB_SETTINGS = "SET SESSION max_statement_time = %s"
_MYSQL_SETTINGS = "SET SESSION max_execution_time = %s, cte_max_recursion_depth = 100000"


class MysqlConnection(Connection):  # type: ignore[misc]  # the driver is untyped
    """PyMySQL connection with a deadline for connecting, that refuses packets above `MAX_PACKET_BYTES`."""

    is_connected = False
    _raw_socket: socket.socket | None = None

    def _read_bytes(self, num_bytes: int) -> Any:
        if num_bytes > MAX_PACKET_BYTES:
            raise RowTooLong
        return super()._read_bytes(num_bytes)

    def connect_until(self, host: str, deadline: float) -> None:
        """Connect to an address and authenticate before the deadline, a time of the monotonic clock.

        Raises `TargetUnavailable`. The certificate is verified against the host name of the connection.
        """
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self.shut_down_socket()

        timeout = max(0.001, deadline - time.monotonic())
        timer = threading.Timer(timeout, expire)
        timer.daemon = True
        try:
            self._raw_socket = socket.create_connection((host, self.port), timeout)
            timer.start()
            # A duplicate, since a TLS handshake detaches the socket, which could then not be shut down.
            self.connect(self._raw_socket.dup())
            self.is_connected = True
        except (Error, OSError, RowTooLong, *PARSE_ERRORS) as error:
            self.close_immediately()
            if expired.is_set() or isinstance(error, TimeoutError):
                raise TargetUnavailable(ConnectFailure.NO_RESPONSE) from None
            raise TargetUnavailable(describe_connect_error(error)) from None
        finally:
            timer.cancel()

    def shut_down_socket(self) -> None:
        """Shut down the socket, which wakes a thread that waits for the server."""
        if self._raw_socket is not None:
            with suppress(OSError):
                self._raw_socket.shutdown(socket.SHUT_RDWR)

    def close_immediately(self) -> None:
        """Close without reading the remaining rows and without waiting for the server."""
        self.shut_down_socket()
        if self._raw_socket is not None:
            self._raw_socket.close()
        self._force_close()
        if self._result is not None:
            # Otherwise the driver reads the remaining rows when the result is garbage-collected.
            self._result.unbuffered_active = False


@dataclass
class MysqlStatement:
    """Execution of one statement, with the values of its placeholders; `session` is set while it runs."""

    sql: str
    limits: Limits
    values: tuple[Scalar, ...] = ()
    stopped: threading.Event = field(default_factory=threading.Event)
    session: MysqlConnection | None = None
    started: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class MysqlServer:
    """MySQL server: opens sessions and cancels statements."""

    address: TargetAddress
    hosts: HostAllowlist
    connect_seconds: float = CONNECT_SECONDS

    @contextmanager
    def open_session(self, statement: MysqlStatement) -> Iterator[SSCursor]:
        """Open a session in a read-only transaction. Raises `QueryFailed`, `TargetUnavailable`."""
        session = self._session()
        statement.session = session
        try:
            self._connect(session, self.connect_seconds)
            if statement.stopped.is_set():
                raise QueryFailed(statement.sql, "timeout", "The query was cancelled.")
            cursor = session.cursor()
            _make_read_only(session, cursor, statement.limits)
            yield cursor
        except RowTooLong:
            raise QueryFailed(statement.sql, "other", "A row of the result is too large.") from None
        except Error as error:
            raise translate_error(error, statement.sql) from error
        finally:
            session.close_immediately()
            statement.session = None

    def cancel(self, statement: MysqlStatement) -> None:
        """Kill a statement in the server, and wake the thread that waits for it."""
        statement.stopped.set()
        session = statement.session
        if session is None:
            return
        # First of all: the server may be the reason why the statement does not end.
        session.shut_down_socket()
        if session.is_connected:
            self._kill(session.thread_id())

    def _kill(self, thread_id: int) -> None:
        session = self._session()
        with suppress(Error, OSError, TargetUnavailable):
            try:
                self._connect(session, KILL_SECONDS)
                session.query(f"KILL QUERY {int(thread_id)}")
            finally:
                session.close_immediately()

    def _session(self) -> MysqlConnection:
        address = self.address
        return MysqlConnection(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=address.database,
            charset="utf8mb4",
            conv=conversions(),
            cursorclass=SSCursor,
            ssl=_ssl_context(address),
            ssl_disabled=address.tls.mode == "disable",
            program_name="querent",
            autocommit=True,
            local_infile=False,
            defer_connect=True,
        )

    def _connect(self, session: MysqlConnection, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        address = self.address
        host = self.hosts.resolve(address.host, address.port) if address.restricted else address.host
        session.connect_until(host, deadline)


def _ssl_context(address: TargetAddress) -> ssl.SSLContext | None:
    """Return None to let the driver use TLS where available, without verifying certificates."""
    if address.tls.mode in ("disable", "allow", "prefer"):
        return None
    return tls_context(address.tls)


def _make_read_only(session: MysqlConnection, cursor: SSCursor, limits: Limits) -> None:
    for setting in _SETTINGS:
        cursor.execute(setting)
    if "mariadb" in session.get_server_info().lower():
        cursor.execute(_MARIADB_SETTINGS % float(limits.seconds))
    else:
        cursor.execute(_MYSQL_SETTINGS % int(limits.seconds * 1_000))
    cursor.execute("START TRANSACTION READ ONLY")


def fetch_rows(cursor: SSCursor, statement: MysqlStatement) -> Rows:
    """Run the statement and fetch its rows one by one, up to a limit. Raises `Error`."""
    _execute(cursor, statement)
    buffer = ResultBuffer(statement.limits, statement.started)
    try:
        while (row := cursor.fetchone()) is not None and buffer.add(row):
            pass
    except RowTooLong:
        buffer.truncated = True
    return buffer.to_rows(
        RowColumn(field.name, kind_of_field(field.type_code, field.charsetnr, field.flags))
        for field in _result_fields(cursor)
    )


def _execute(cursor: SSCursor, statement: MysqlStatement) -> None:
    if not statement.values:
        cursor.execute(statement.sql)
        return
    # The driver would interpolate values into the text; a prepared statement keeps them separate.
    cursor.execute("SET @querent_sql = %s", (statement.sql,))
    cursor.execute("PREPARE querent FROM @querent_sql")
    names = [f"@querent_{number}" for number in range(len(statement.values))]
    for name, value in zip(names, statement.values, strict=True):
        cursor.execute(f"SET {name} = %s", (value,))
    cursor.execute(f"EXECUTE querent USING {', '.join(names)}")


def _result_fields(cursor: SSCursor) -> list[Any]:
    """Return the result's field packets; the driver's `description` lacks the character set."""
    return list(cursor._result.fields) if cursor._result else []
