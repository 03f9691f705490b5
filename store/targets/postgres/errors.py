"""Translation of PostgreSQL errors by SQLSTATE (PostgreSQL manual, appendix A)."""

from psycopg import Error, InterfaceError, OperationalError

from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.targets.connect_errors import ConnectFailure

_KIND_BY_SQLSTATE: dict[str, FailureKind] = {
    "42P01": "unknown_name",
    "42703": "unknown_name",
    "42883": "unknown_name",
    "42704": "unknown_name",
    "3F000": "unknown_name",
    "42702": "ambiguous",
    "42725": "ambiguous",
    "42P09": "ambiguous",
    "42804": "type_mismatch",
    "42846": "type_mismatch",
    "22P02": "type_mismatch",
    "22007": "type_mismatch",
    "22008": "type_mismatch",
    "42P18": "type_mismatch",
    "22012": "division_by_zero",
    "57014": "timeout",
    "55P03": "timeout",
    "25P03": "timeout",
    "42501": "permission",
    "25006": "permission",
}
# SQLSTATE prefixes: connection lost, server shutting down, too many connections.
_UNAVAILABLE = ("08", "57P", "53300")
# Raised by the driver itself, without SQLSTATE, when the connection is lost.
_CONNECTION_LOST = (OperationalError, InterfaceError)

# Texts of libpq's messages about connecting; the first match counts.
_CONNECT_ERRORS = (
    ("ssl encryption", ConnectFailure.NOT_PERMITTED),
    ("no encryption", ConnectFailure.TLS_REQUIRED),
    ("server does not support ssl", ConnectFailure.TLS_UNSUPPORTED),
    ("invalid response to ssl negotiation", ConnectFailure.WRONG_PROTOCOL),
    ("expected authentication request", ConnectFailure.WRONG_PROTOCOL),
    ("unsupported frontend protocol", ConnectFailure.WRONG_PROTOCOL),
    ("invalid message length", ConnectFailure.WRONG_PROTOCOL),
    ("password", ConnectFailure.REJECTED_CREDENTIALS),
    ("authentication", ConnectFailure.REJECTED_CREDENTIALS),
    ("certificate", ConnectFailure.UNTRUSTED_CERTIFICATE),
    ("ssl error", ConnectFailure.TLS_FAILED),
    ("timeout expired", ConnectFailure.NO_RESPONSE),
    ("closed the connection", ConnectFailure.CLOSED),
)
_UNKNOWN_NAMES = (
    ("role", ConnectFailure.REJECTED_CREDENTIALS),
    ("database", ConnectFailure.UNKNOWN_DATABASE),
)


def translate_error(error: Error, sql: str) -> QueryFailed | TargetUnavailable:
    """Translate a driver exception to a store exception."""
    sqlstate = error.sqlstate or ""
    if sqlstate.startswith(_UNAVAILABLE) or (not sqlstate and isinstance(error, _CONNECTION_LOST)):
        return TargetUnavailable(ConnectFailure.LOST)
    kind: FailureKind = _KIND_BY_SQLSTATE.get(sqlstate) or (
        "syntax" if sqlstate.startswith("42") else "other"
    )
    # Only the primary message: detail and context may quote rows.
    return QueryFailed(sql, kind, error.diag.message_primary or "")


def describe_connect_error(error: Exception) -> ConnectFailure:
    """Describe in one sentence why the connection failed."""
    message = str(error).lower()
    if "does not exist" in message:
        return next((reason for text, reason in _UNKNOWN_NAMES if text in message), ConnectFailure.LOST)
    return next((reason for text, reason in _CONNECT_ERRORS if text in message), ConnectFailure.LOST)
