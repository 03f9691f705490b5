from typing import Any

import pytest

from graph.errors import InvalidResponse
from graph.steps.interrupts import approve_request, check_response, clarify_request, cost_request, default_of

CLARIFY = clarify_request("Which?", ["a", "b"])
APPROVE = approve_request("SELECT 1", "look")
COST = cost_request("SELECT 1", "dear")


@pytest.mark.parametrize(
    ("payload", "response"),
    [
        (CLARIFY, "a"),
        (CLARIFY, "words of my own"),
        (APPROVE, {"decision": "approve"}),
        (COST, {"decision": "approve"}),
        (APPROVE, {"decision": "refuse"}),
        (APPROVE, {"decision": "edit", "sql": "SELECT 2"}),
    ],
)
def test_a_fitting_response_is_taken(payload: Any, response: Any) -> None:
    check_response(payload, response)


@pytest.mark.parametrize(
    ("payload", "response"),
    [
        (CLARIFY, ""),
        (CLARIFY, 7),
        (CLARIFY, {"decision": "approve"}),
        (CLARIFY, "x" * 4_001),
        (APPROVE, "approve"),
        (COST, "approve"),
        (COST, {"decision": "edit"}),
        (APPROVE, {"decision": "perhaps"}),
        (APPROVE, {"decision": "edit"}),
        (APPROVE, {"decision": "edit", "sql": "  "}),
        (APPROVE, {"decision": "approve", "also": 1}),
    ],
)
def test_nonsense_is_refused_with_what_was_expected(payload: Any, response: Any) -> None:
    with pytest.raises(InvalidResponse):
        check_response(payload, response)


@pytest.mark.parametrize(
    ("payload", "default"),
    [
        (CLARIFY, "a"),
        (APPROVE, {"decision": "refuse"}),
        (COST, {"decision": "refuse"}),
        # From before there were defaults.
        ({"kind": "approve", "sql": "SELECT 1", "reason": "look"}, {"decision": "refuse"}),
    ],
)
def test_the_default_is_the_careful_answer_and_fits(payload: Any, default: Any) -> None:
    assert default_of(payload) == default
    check_response(payload, default_of(payload))
