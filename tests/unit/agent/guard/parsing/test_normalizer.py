import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.catalog import Dialect
from tests.fixtures.guard.schema import shop


@pytest.mark.parametrize(
    ("dialect", "written", "printed"),
    [
        ("postgres", "pg_catalog.upper(name) FROM customers", "UPPER(name) FROM public.customers"),
        ("postgres", '"upper"(name) FROM customers', "UPPER(name) FROM public.customers"),
        ("duckdb", "name.upper() FROM customers", "UPPER(name) FROM customers"),
        (
            "duckdb",
            "name.replace('a', 'b').upper() FROM customers",
            "UPPER(REPLACE(name, 'a', 'b')) FROM customers",
        ),
        ("duckdb", "{'a': {'b': 1}}.a.b", "{'a': {'b': 1}}['a']['b']"),
        ("mysql", "N'x'", "'x'"),
        ("mysql", "GET_FORMAT(DATE, 'EUR')", "GET_FORMAT(DATE, 'EUR')"),
        ("postgres", r"U&'d\0061t\+000061 \\'", r"'data \'"),
    ],
)
def test_one_spelling_is_judged(dialect: Dialect, written: str, printed: str) -> None:
    verdict = judge(f"SELECT {written}", shop(dialect))
    assert isinstance(verdict, Approved), verdict
    assert verdict.sql == f"SELECT {printed}"


@pytest.mark.parametrize(
    ("dialect", "written"),
    [
        ("postgres", "(c).name FROM customers AS c"),
        ("postgres", "(c.*).name FROM customers AS c"),
        ("postgres", "hidden.upper(name) FROM customers"),
        ("duckdb", "name.read_text() FROM customers"),
        ("duckdb", "hidden.upper() FROM customers"),
        ("duckdb", "(SELECT s FROM secrets AS s).v"),
    ],
)
def test_a_dot_is_no_way_around_the_lists(dialect: Dialect, written: str) -> None:
    assert isinstance(judge(f"SELECT {written}", shop(dialect)), Rejected)


@pytest.mark.parametrize("written", [r"'\00'", r"'\d800'", r"'\0000'", r"'\+110000'", "'!0061' UESCAPE '!'"])
def test_what_is_no_text_is_not_decoded(written: str) -> None:
    assert isinstance(judge(f"SELECT U&{written}", shop("postgres")), Rejected)


@pytest.mark.parametrize("given", ["@@datadir, 'EUR'", "name, 'EUR'", ""])
def test_only_a_kind_of_time_is_a_word(given: str) -> None:
    assert isinstance(judge(f"SELECT GET_FORMAT({given})", shop("mysql")), Rejected) == bool(given)


@pytest.mark.parametrize("written", ["SQL_CALC_FOUND_ROWS", "Sql_Calc_Found_Rows"])
def test_nothing_is_counted_for_a_next_statement(written: str) -> None:
    verdict = judge(f"SELECT {written} id FROM orders LIMIT 0", shop("mysql"))
    assert isinstance(verdict, Approved)
    assert verdict.sql == "SELECT id FROM orders LIMIT 0"
