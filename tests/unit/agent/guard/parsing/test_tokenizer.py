import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from tests.fixtures.guard.schema import shop

POSTGRES = shop("postgres")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT '" + "x" * 20_000 + "'", "too_long"),
        ("SELECT " + "1," * 2_100 + "1", "too_long"),
        ("SELECT " + "(" * 41 + "1" + ")" * 41, "too_deep"),
        ("SELECT " + "DATE(TIMESTAMP(" * 4 + "x" + "))" * 4, "too_deep"),
        ("SELECT 1 FROM a" + " JOIN a" * 9, "too_deep"),
        ("SELECT 1\x00", "control_character"),
        ("SELECT 1\u2028FROM orders", "control_character"),
        ("SELECT 'x", "unreadable"),
        ("", "not_a_query"),
        ("DROP TABLE orders", "not_a_query"),
        ("SELECT 1; SELECT 2", "several_statements"),
    ],
)
def test_texts_are_refused_before_they_are_read(sql: str, kind: str) -> None:
    verdict = judge(sql, POSTGRES)
    assert isinstance(verdict, Rejected)
    assert (verdict.layer, verdict.kind) == ("tokens", kind)


def test_a_last_semicolon_is_no_second_statement() -> None:
    assert isinstance(judge("SELECT 1;", POSTGRES), Approved)


@pytest.mark.parametrize("comment", ["/*! SLEEP(1) */", "/*!50000 1 */", "/*M! 1 */", "/*m!100500 1 */"])
def test_comments_that_mysql_runs_are_refused(comment: str) -> None:
    verdict = judge(f"SELECT {comment} 1", shop("mysql"))
    assert isinstance(verdict, Rejected)
    assert verdict.kind == "executable_comment"
