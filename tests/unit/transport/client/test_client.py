from typing import Any

import pytest

from transport.client.client import MAX_BACKOFF_S, RunResult, backoff_s


@pytest.mark.parametrize("tries", range(1, 12))
def test_the_pause_grows_has_an_end_and_is_never_the_same_for_all(tries: int) -> None:
    pauses = {backoff_s(tries) for _ in range(20)}
    longest = min(MAX_BACKOFF_S, 0.1 * 2**tries)
    assert all(longest / 2 <= pause <= longest for pause in pauses)
    assert len(pauses) > 10


def event(method: str, data: Any) -> dict[str, Any]:
    return {"method": method, "params": {"data": data}}


def custom(name: str, **payload: Any) -> dict[str, Any]:
    return event("custom", {"name": name, "payload": payload})


def life(status: str, **more: Any) -> dict[str, Any]:
    told = {"cancelled": "failed", "recovered": "running"}.get(status, status)
    return event("lifecycle", {"event": told, "status": status, "run_id": "r", **more})


def rows(offset: int, *values: Any, truncated: bool = False) -> dict[str, Any]:
    columns = [{"name": "n", "kind": "integer"}]
    return custom(
        "rows", columns=columns, rows=[[value] for value in values], offset=offset, truncated=truncated
    )


def heard(*events: dict[str, Any]) -> RunResult:
    answer = RunResult("c", "How many?")
    for each in events:
        answer.apply(each)
    return answer


DONE = event("values", {"answer": "Two.", "outcome": "answered", "sql": "select n", "columns": ["n"]})


def test_pieces_of_rows_are_put_together() -> None:
    answer = heard(rows(0, 1, 2), rows(2, 3, truncated=True))
    assert (answer.columns, answer.rows, answer.truncated) == (["n"], [[1], [2], [3]], True)


def test_a_run_that_is_done_again_replaces_what_it_said() -> None:
    answer = heard(life("running"), rows(0, 1, 2), life("recovered"), rows(0, 1, 2), DONE)
    assert answer.rows == [[1], [2]]
    assert answer.is_answered


def test_the_query_shown_is_the_one_that_ran() -> None:
    assert heard(custom("verdict", approved=True, sql="SELECT n"), DONE).sql == "SELECT n"
    assert heard(custom("verdict", approved=False, sql="DROP n", reason="no"), DONE).sql == "select n"


def test_a_failed_run_says_why() -> None:
    answer = heard(life("running"), life("failed", error="It does not answer.", code="target_unavailable"))
    assert (answer.run, answer.outcome, answer.is_answered) == ("r", "failed", False)
    assert answer.error == {"code": "target_unavailable", "message": "It does not answer."}


def test_a_run_that_waits_shows_what_for_until_it_goes_on() -> None:
    asked = event(
        "input.requested", {"interrupt_id": "i", "payload": {"kind": "clarify", "question": "Which?"}}
    )
    waiting = heard(life("running"), asked, life("interrupted"))
    assert waiting.interrupt == {"interrupt_id": "i", "kind": "clarify", "question": "Which?"}
    assert (waiting.outcome, waiting.is_answered) == ("interrupted", False)
    waiting.apply(life("running"))
    waiting.apply(DONE)
    assert waiting.is_answered
    assert not waiting.interrupt
