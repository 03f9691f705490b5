"""What a failure of PostgreSQL means, by its SQLSTATE (PostgreSQL manual, appendix A)."""

from psycopg import Error, InterfaceError, OperationalError

from store.errors import FailureKind, QueryFailed, TargetUnavailable

_BY_STATE: dict[str, FailureKind] = {
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
# Connection lost, server shutting down, too many connections.
_GONE = ("08", "57P", "53300")


# The driver's own exceptions when it hears nothing any more.
_LOST = (OperationalError, InterfaceError)


def explain(error: Error, sql: str) -> QueryFailed | TargetUnavailable:
    """Turn the driver's exception into ours."""
    state = error.sqlstate
    if (state or "").startswith(_GONE) or (state is None and isinstance(error, _LOST)):
        return TargetUnavailable("The database does not answer.")
    kind: FailureKind = _BY_STATE.get(state or "") or ("syntax" if state and state[:2] == "42" else "other")
    # Only the primary message: details and contexts quote rows.
    return QueryFailed(sql, kind, error.diag.message_primary or "")
