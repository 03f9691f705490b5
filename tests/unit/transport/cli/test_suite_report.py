import re
from datetime import UTC, datetime

from graph.evaluation.session import Reply
from graph.evaluation.suite import ExpectedResult, Suite, SuiteCase, SuiteTurn
from graph.evaluation.suite_runner import CaseResult, SuiteResult, TurnResult
from transport.cli.suite_report import render_report

WHEN = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)


def page(*turns: TurnResult) -> str:
    cases = tuple(
        CaseResult(SuiteCase(turn.turn.question, "pets", (turn.turn,)), "pets", (turn,)) for turn in turns
    )
    return render_report(SuiteResult(Suite("Mine", ()), cases, 1.5), "builtin", WHEN)


def turn(question: str, why: str | None = None, rows: int = 1) -> TurnResult:
    reply = Reply("answered", "Four.", "SELECT 4", ((4,),) * rows, 0.9, "builtin", 1, 2.0, 5.0)
    return TurnResult(SuiteTurn(question, ExpectedResult(sql="SELECT 5")), reply, why, ((5,),))


def test_what_failed_comes_first_and_stands_open() -> None:
    written = page(turn("Good one"), turn("Bad one", "It returned different rows."))
    assert written.index("Bad one") < written.index("Good one")
    assert '<details class="failed" open>' in written
    assert "It returned different rows." in written
    assert "<b>1 of 2</b>" in written


def test_nothing_on_the_page_is_anybodys_code() -> None:
    written = page(turn("<script>alert(1)</script>", "<img src=x onerror=alert(1)>"))
    assert "<script" not in written
    assert "<img" not in written
    assert "&lt;script&gt;" in written


def test_the_page_needs_nothing_else() -> None:
    written = page(turn("Good one"))
    assert not re.search(r"(?:src|href)=|url\(|@import", written)
    assert "default-src 'none'" in written


def test_long_results_are_cut() -> None:
    assert "and 5 more rows" in page(turn("Good one", rows=15))


def test_a_dollar_in_a_question_is_only_a_dollar() -> None:
    assert "over $100 $name" in page(turn("Orders over $100 $name"))
