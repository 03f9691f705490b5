import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.approved import Approved
from store.catalog import Dialect
from tests.guard.world import shop


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
        ("mysql", "N'x'", "'x'"),
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
    ],
)
def test_a_dot_is_no_way_around_the_lists(dialect: Dialect, written: str) -> None:
    assert isinstance(judge(f"SELECT {written}", shop(dialect)), Rejected)
