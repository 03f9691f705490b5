from sqlglot import exp, parse_one

from agent.guard.names.scopes import direct_sources, first_branch, is_source


def source_of(sql: str) -> exp.Expr:
    source: exp.Expr = parse_one(sql, dialect="postgres").args["from_"].this
    return source


def test_everything_a_select_reads_from_is_found() -> None:
    select = parse_one("SELECT 1 FROM a, b JOIN c ON true, LATERAL (SELECT 1) d", dialect="postgres")
    assert [source.alias_or_name for source in direct_sources(select)] == ["a", "b", "c", "d"]


def test_brackets_hold_a_source_or_a_query() -> None:
    assert is_source(source_of("SELECT 1 FROM a"))
    assert is_source(source_of("SELECT 1 FROM ((a JOIN b ON true) JOIN c ON true)"))
    assert is_source(source_of("SELECT 1 FROM (SELECT 1) x"))
    assert not is_source(source_of("SELECT 1 FROM (SELECT 1)"))


def test_the_first_branch_is_the_leftmost() -> None:
    assert first_branch(parse_one("SELECT 1 UNION SELECT 2 UNION SELECT 3")).sql() == "SELECT 1"
