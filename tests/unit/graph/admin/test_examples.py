from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from agent.analyst import Turn
from graph.admin.examples import propose_example
from store.examples import NewExample
from tests.fixtures.scripted_analyst import make_run

TURN = Turn("and in Rome?", "How many live in Rome?", "Three.", "answered", "SELECT 3", row_count=1)
APPROVED: dict[str, Any] = {"interrupt_id": "x", "response": {"decision": "approve"}}


def test_an_answer_that_a_person_let_run_is_proposed() -> None:
    run = replace(make_run(uuid4()), input=APPROVED)
    assert propose_example(run, TURN) == NewExample(
        "How many live in Rome?", "SELECT 3", run.user, "proposed", ("approved",)
    )


@pytest.mark.parametrize(
    ("given", "turn"),
    [
        ({"question": "How many?"}, TURN),
        ({**APPROVED, "by": "default"}, TURN),
        ({**APPROVED, "response": {"decision": "refuse"}}, TURN),
        ({**APPROVED, "response": "Rome, Georgia"}, TURN),
        (APPROVED, None),
        (APPROVED, replace(TURN, outcome="failed")),
        (APPROVED, replace(TURN, row_count=0)),
        (APPROVED, replace(TURN, standalone="x" * 2_000)),
    ],
)
def test_nothing_else_is(given: dict[str, Any], turn: Turn | None) -> None:
    assert propose_example(replace(make_run(uuid4()), input=given), turn) is None
