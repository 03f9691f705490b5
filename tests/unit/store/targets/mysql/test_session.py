import pytest
from pymysql.err import InterfaceError, OperationalError

from store.errors import QueryFailed, TargetUnavailable
from store.targets.mysql.session import describe_connect_error, error_number, translate_error


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1146, "unknown_name"),
        (1052, "ambiguous"),
        (1064, "syntax"),
        (1292, "type_mismatch"),
        (1365, "division_by_zero"),
        (3024, "timeout"),
        (1969, "timeout"),
        (1792, "permission"),
        (9999, "other"),
    ],
)
def test_failures_are_classified(number: int, kind: str) -> None:
    failure = translate_error(OperationalError(number, "as it says"), "SELECT 1")
    assert isinstance(failure, QueryFailed)
    assert (failure.kind, failure.reason) == (kind, "as it says")


def test_a_server_that_is_gone_is_no_failed_query() -> None:
    assert isinstance(
        translate_error(OperationalError(2013, "Lost connection to db.example"), "x"), TargetUnavailable
    )
    assert isinstance(translate_error(InterfaceError("(0, '')"), "x"), TargetUnavailable)


def test_refusals_name_neither_users_nor_hosts() -> None:
    refused = describe_connect_error(OperationalError(1045, "Access denied for user 'ann'@'db.example'"))
    assert refused == "The database rejected the user name or password."
    assert "certificate" in describe_connect_error(OSError("certificate verify failed for db.example"))
    assert error_number(OperationalError()) == 0
