import pytest

from agent.errors import AnalystUnavailable, InvalidModelOutput
from graph.errors import describe_failure
from schema_docs.errors import NotMapped
from store.errors import NotFound, StoreUnavailable, TargetUnavailable


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AnalystUnavailable("key sk-secret"), "model_unavailable"),
        (InvalidModelOutput("sk-secret"), "model_invalid_output"),
        (TargetUnavailable("sk-secret"), "target_unavailable"),
        (NotFound("connection", "sk-secret"), "unknown_database"),
        (NotMapped("sk-secret"), "not_mapped"),
        (StoreUnavailable("sk-secret"), "store_unavailable"),
        (ZeroDivisionError("sk-secret"), "internal"),
    ],
)
def test_every_fault_has_a_code_and_says_nothing_of_the_exception(error: Exception, code: str) -> None:
    fault = describe_failure(error)

    assert fault.code == code
    assert "sk-secret" not in fault.message
    assert fault.expected == (code != "internal")
