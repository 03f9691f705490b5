import pytest

from agent.guard.judge import judge
from store.access.approved_query import Approved
from store.catalog import Dialect
from tests.fixtures.guard.schema import shop


@pytest.mark.parametrize(
    ("dialect", "written", "printed"),
    [
        ("mysql", "name REGEXP '^c'", "name REGEXP '^c'"),
        ("mysql", "name NOT RLIKE '^c'", "NOT name REGEXP '^c'"),
        ("mysql", "(id + 1) REGEXP '2'", "(id + 1) REGEXP '2'"),
        ("mysql", "REGEXP_LIKE(id + 1, '2') = 1", "((id + 1) REGEXP '2') = 1"),
        ("mysql", "REGEXP_LIKE(name, 'C', 'c')", "REGEXP_LIKE(name, 'C', 'c')"),
        ("mysql", "INTERVAL(id, 5, 10) = 1", "INTERVAL(id, 5, 10) = 1"),
        (
            "mysql",
            "created_at > '2024-01-01' - INTERVAL 1 DAY",
            "created_at > '2024-01-01' - INTERVAL '1' DAY",
        ),
        ("mysql", "TO_CHAR(created_at, 'YYYY') = '2024'", "TO_CHAR(created_at, 'YYYY') = '2024'"),
        ("postgres", "to_hex(id) = 'f'", "TO_HEX(id) = 'f'"),
        ("postgres", "log(10, id) > 1", "LOG10(id) > 1"),
        ("postgres", "log(2, id) > 1", "LOG(2, id) > 1"),
    ],
)
def test_calls_are_spelt_as_the_engine_knows_them(dialect: Dialect, written: str, printed: str) -> None:
    verdict = judge(f"SELECT id FROM customers WHERE {written}", shop(dialect))
    assert isinstance(verdict, Approved), verdict
    assert verdict.sql.partition("WHERE ")[2] == printed


def test_a_median_of_mariadb_stays_one() -> None:
    verdict = judge("SELECT MEDIAN(total) OVER (PARTITION BY status) FROM orders", shop("mysql"))
    assert isinstance(verdict, Approved)
    assert verdict.sql == "SELECT MEDIAN(total) OVER (PARTITION BY status) FROM orders"
