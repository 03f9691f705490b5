"""What a failure of MySQL or MariaDB means, by its number (MySQL error reference; MariaDB error codes)."""

from pymysql.err import Error, InterfaceError

from store.errors import FailureKind, QueryFailed, TargetUnavailable

_NUMBERS: dict[FailureKind, tuple[int, ...]] = {
    # Unknown database, column, table, function, procedure.
    "unknown_name": (1049, 1051, 1054, 1109, 1146, 1305, 1630, 4161),
    "ambiguous": (1052, 1060, 1066),
    "syntax": (1064, 1065, 1111, 1140, 1222, 1241, 1248, 1055, 1582, 3593, 4015),
    "type_mismatch": (1267, 1270, 1292, 1366, 1367, 1411, 3140, 3141, 4037, 4038),
    "division_by_zero": (1365,),
    # Killed, lock waits, MariaDB's and MySQL's time limits.
    "timeout": (1205, 1317, 1969, 3024),
    # No right to it, or it would write.
    "permission": (1044, 1095, 1142, 1143, 1227, 1290, 1345, 1370, 1792, 1836),
}
_KINDS: dict[int, FailureKind] = {number: kind for kind, numbers in _NUMBERS.items() for number in numbers}
# Too many connections, shutting down, not reached, lost, refused at the door.
_GONE = frozenset({1040, 1043, 1045, 1053, 1129, 1130, 1203, 1698, 2002, 2003, 2005, 2006, 2013, 2055})
_REFUSED = frozenset({1045, 1698, 1044})


def explain(error: Error, sql: str) -> QueryFailed | TargetUnavailable:
    """Turn the driver's exception into ours."""
    number, said = number_of(error), str(error.args[1]) if len(error.args) > 1 else ""
    if number in _GONE or isinstance(error, InterfaceError):
        return TargetUnavailable("The database does not answer.")
    return QueryFailed(sql, _KINDS.get(number, "other"), said)


def explain_refusal(error: Error | OSError) -> str:
    """Say in one sentence of ours why there is no connection: the driver's would name users and hosts."""
    number = number_of(error) if isinstance(error, Error) else 0
    if number in _REFUSED:
        return "The database refused the user name or the password."
    if number == 1049:
        return "There is no database of this name on the server."
    if "certificate" in str(error).lower():
        return "The certificate of the database's server is not to be trusted."
    return "The database does not answer."


def number_of(error: Error) -> int:
    """The server's or the driver's number of an error; 0 where it has none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0
