import psycopg
from psycopg import errors

from store.errors import QueryFailed, TargetUnavailable
from store.targets.postgres.errors import translate_error


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
