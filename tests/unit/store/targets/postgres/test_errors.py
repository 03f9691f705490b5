import psycopg
import pytest
from psycopg import OperationalError, errors

from store.errors import QueryFailed, TargetUnavailable
from store.targets.connect_errors import ConnectFailure
from store.targets.postgres.errors import describe_connect_error, translate_error


def test_a_state_of_class_42_is_a_fault_of_syntax_when_nothing_better_is_known() -> None:
    failure = translate_error(errors.GroupingError("x"), "SELECT 1")
    assert isinstance(failure, QueryFailed)
    assert failure.kind == "syntax"


def test_a_server_that_goes_away_is_unavailable() -> None:
    assert isinstance(translate_error(errors.AdminShutdown("x"), "SELECT 1"), TargetUnavailable)
    assert isinstance(translate_error(psycopg.OperationalError("x"), "SELECT 1"), TargetUnavailable)


def test_a_fault_of_the_driver_is_no_lost_connection() -> None:
    failure = translate_error(psycopg.ProgrammingError("x"), "SELECT 1")
    assert isinstance(failure, QueryFailed)
    assert failure.kind == "other"


def test_an_unknown_state_is_something_else() -> None:
    failure = translate_error(errors.ProgramLimitExceeded("x"), "SELECT 1")
    assert isinstance(failure, QueryFailed)
    assert failure.kind == "other"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            'FATAL: no pg_hba.conf entry for host "::1", user "ann", no encryption',
            ConnectFailure.TLS_REQUIRED,
        ),
        ('FATAL: no pg_hba.conf entry for host "::1", SSL encryption', ConnectFailure.NOT_PERMITTED),
        ("server does not support SSL, but SSL was required", ConnectFailure.TLS_UNSUPPORTED),
        ("SSL error: certificate verify failed", ConnectFailure.UNTRUSTED_CERTIFICATE),
        ("SSL error: wrong version number", ConnectFailure.TLS_FAILED),
        ('FATAL: role "ann" does not exist', ConnectFailure.REJECTED_CREDENTIALS),
        ('FATAL: database "shop" does not exist', ConnectFailure.UNKNOWN_DATABASE),
        ("fe_sendauth: no password supplied", ConnectFailure.REJECTED_CREDENTIALS),
        ("connection refused", ConnectFailure.LOST),
    ],
)
def test_a_failed_connection_is_described_by_its_cause(message: str, reason: ConnectFailure) -> None:
    assert describe_connect_error(OperationalError(message)) is reason
