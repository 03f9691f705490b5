"""What a failure of PostgreSQL means, by its SQLSTATE (PostgreSQL manual, appendix A)."""

from psycopg import Error

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


def explain(error: Error, sql: str) -> QueryFailed | TargetUnavailable:
    """Turn the driver's exception into ours."""
    state = error.sqlstate
    if state is None or state.startswith(_GONE):
        return TargetUnavailable("The database does not answer.")
    kind: FailureKind = _BY_STATE.get(state) or ("syntax" if state.startswith("42") else "other")
    # Only the primary message: details and contexts quote rows.
    return QueryFailed(sql, kind, error.diag.message_primary or "")
