import pytest
from pymysql.err import InterfaceError, OperationalError

from store.errors import QueryFailed, TargetUnavailable
from store.targets.mysql.errors import explain, explain_refusal, number_of


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
    failure = explain(OperationalError(number, "as it says"), "SELECT 1")
    assert isinstance(failure, QueryFailed)
    assert (failure.kind, failure.reason) == (kind, "as it says")


def test_a_server_that_is_gone_is_no_failed_query() -> None:
    assert isinstance(
        explain(OperationalError(2013, "Lost connection to db.example"), "x"), TargetUnavailable
    )
    assert isinstance(explain(InterfaceError("(0, '')"), "x"), TargetUnavailable)


def test_refusals_name_neither_users_nor_hosts() -> None:
    refused = explain_refusal(OperationalError(1045, "Access denied for user 'ann'@'db.example'"))
    assert refused == "The database refused the user name or the password."
    assert "certificate" in explain_refusal(OSError("certificate verify failed for db.example"))
    assert number_of(OperationalError()) == 0
