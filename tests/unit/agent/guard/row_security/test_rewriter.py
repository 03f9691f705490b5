import pytest
from sqlglot import parse_one

from agent.guard.row_security.rewriter import referenced_columns


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT a, x.B FROM t AS x WHERE c = 1 ORDER BY d", {"a", "b", "c", "d", "x", ""}),
        ("SELECT count(*) FROM t", set()),
        ("SELECT 1 FROM t JOIN s USING (k)", {"k"}),
    ],
)
def test_what_is_named_is_wanted(sql: str, names: set[str]) -> None:
    expected = referenced_columns(parse_one(sql))
    assert expected is not None
    assert expected | {""} == names | {""}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM t",
        "SELECT x.* FROM t AS x",
        "SELECT a FROM (SELECT * FROM t) AS x",
        "SELECT 1 FROM t NATURAL JOIN s",
        "SELECT x.p FROM t AS x(p, q)",
        "SELECT row_to_json(t) FROM t",
        "SELECT count(x) FROM t AS x",
    ],
)
def test_where_columns_count_that_are_not_named_all_are_wanted(sql: str) -> None:
    assert referenced_columns(parse_one(sql, dialect="postgres")) is None


def test_a_pivot_and_columns_want_all() -> None:
    assert referenced_columns(parse_one("PIVOT t ON a USING sum(b)", dialect="duckdb")) is None
    assert referenced_columns(parse_one("SELECT COLUMNS('a.*') FROM t", dialect="duckdb")) is None
