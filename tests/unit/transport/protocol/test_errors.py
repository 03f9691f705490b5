import logging

import pytest

from graph.errors import InterruptNotFound, InvalidQuestion, InvalidResponse, RunNotFound
from store.errors import NotFound, RunInProgress, StoreUnavailable
from transport.protocol.errors import RequestRefused, api_error_for


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (NotFound("conversation", "1"), "no_such_conversation", 404),
        (NotFound("connection", "shop"), "no_such_database", 404),
        (RunInProgress(), "run_in_progress", 409),
        (InvalidQuestion("The question is empty."), "invalid_question", 422),
        (InvalidResponse("It does not fit."), "invalid_response", 422),
        (RunNotFound("Nothing runs."), "no_such_run", 404),
        (InterruptNotFound("Nothing waits."), "no_such_interrupt", 404),
        (StoreUnavailable("no route to 10.0.0.7"), "store_unavailable", 503),
        (RequestRefused("forbidden", "No."), "forbidden", 403),
        (ZeroDivisionError("secret"), "internal", 500),
    ],
)
def test_every_fault_has_a_code_and_a_status(error: Exception, code: str, status: int) -> None:
    fault = api_error_for(error)
    assert (fault.code, fault.status) == (code, status)


def test_what_nobody_foresaw_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        fault = api_error_for(ZeroDivisionError("password=hunter2"))
    assert "hunter2" not in fault.message
    assert caplog.records[0].exc_info is not None


def test_an_address_of_the_store_is_not_told() -> None:
    assert "10.0.0.7" not in api_error_for(StoreUnavailable("no route to 10.0.0.7")).message
