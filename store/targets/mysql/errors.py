"""Translation of MySQL and MariaDB errors by number (MySQL error reference; MariaDB error codes)."""

from pymysql.err import Error, InterfaceError, InternalError

from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.targets.connect_errors import PARSE_ERRORS, ConnectFailure

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
