from dataclasses import replace

import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.catalog import Catalog
from tests.fixtures.guard.schema import shop

POSTGRES = shop("postgres")


def counted(rows: int) -> Catalog:
    return replace(POSTGRES, tables=tuple(replace(table, row_estimate=rows) for table in POSTGRES))


def test_small_tables_may_be_crossed_and_large_ones_may_not() -> None:
    sql = "SELECT count(*) FROM customers, orders, products"
    assert isinstance(judge(sql, counted(100)), Approved)
    assert isinstance(judge(sql, counted(100_000)), Rejected)
    assert isinstance(judge(sql, POSTGRES), Rejected)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM customers c, orders o, order_items i WHERE c.id = o.customer_id AND o.id = i.order_id",
        "SELECT 1 FROM customers c JOIN orders o ON o.customer_id = c.id JOIN events e ON e.id = o.id",
        "SELECT 1 FROM customers JOIN orders USING (id) JOIN products USING (id)",
        "SELECT 1 FROM customers NATURAL JOIN orders NATURAL JOIN products",
        "SELECT 1 FROM customers, orders, products WHERE customer_id = order_date AND price = total",
        "SELECT 1 FROM (SELECT count(*) FROM orders) a, (SELECT max(id) FROM orders) b, orders c",
        "SELECT 1 FROM (SELECT id FROM orders LIMIT 5) a, (SELECT id FROM orders LIMIT 5) b, orders c",
        "SELECT 1 FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.items) AS i CROSS JOIN customers",
        "SELECT 1 FROM customers c, products p, generate_series(1, 12) AS m",
        "WITH a AS (SELECT sum(total) AS s FROM orders) SELECT 1 FROM a AS x, a AS y, a AS z, orders",
    ],
)
def test_joins_with_conditions_and_single_rows_are_approved(sql: str) -> None:
    assert isinstance(judge(sql, counted(200_000)), Approved), judge(sql, counted(200_000))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM orders a JOIN orders b ON a.id = a.customer_id JOIN orders c ON c.id > 0",
        "SELECT 1 FROM (SELECT id FROM orders) a, (SELECT id FROM customers) b, (SELECT id FROM products) c",
        "WITH a AS (SELECT id FROM orders) SELECT 1 FROM a AS x, a AS y, a AS z",
        "SELECT 1 FROM customers WHERE EXISTS (SELECT 1 FROM orders a, orders b, orders c)",
        "SELECT repeat('x', 9) FROM orders a, orders b",
    ],
)
def test_what_multiplies_is_refused(sql: str) -> None:
    verdict = judge(sql, POSTGRES)
    assert isinstance(verdict, Rejected)
    assert (verdict.layer, verdict.kind) == ("grammar", "resource_limit")


def test_a_recursion_that_can_end_is_approved() -> None:
    ends = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT n FROM r"
    assert isinstance(judge(ends, POSTGRES), Approved)
    assert isinstance(judge(ends.replace("WHERE n < 9", ""), POSTGRES), Rejected)
    assert isinstance(judge(ends.replace("WHERE n < 9", "WHERE true"), POSTGRES), Rejected)
