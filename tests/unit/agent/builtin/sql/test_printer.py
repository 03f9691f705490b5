import pytest
import sqlglot
from sqlglot import exp

from agent.builtin.plan.aliases import alias_of
from agent.builtin.plan.join_planner import NoJoin
from agent.builtin.plan.model import (
    AllOf,
    AnyOf,
    Between,
    Bucket,
    Col,
    Combined,
    Compare,
    Condition,
    Item,
    Measure,
    Member,
    Missing,
    OneOf,
    Order,
    Plan,
    Share,
    Years,
)
from agent.builtin.sql.expressions import literal
from agent.builtin.sql.printer import Printer, is_sound
from tests.speaking import SHOP

PRICE, NAME = Col("products", "price"), Col("products", "name")
PRODUCT = Col("products", "id")
POSTGRES = Printer(SHOP.facts, SHOP.graph, "postgres")


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        (Compare(PRICE, ">", 5), "price > 5"),
        (Compare(NAME, "like", "%Hose%"), "LOWER(name) LIKE '%hose%'"),
        (OneOf(NAME, ("a", "b"), negated=True), "NOT name IN ('a', 'b')"),
        (Between(PRICE, -1, 5), "price BETWEEN -1 AND 5"),
        (Missing(NAME, negated=True), "NOT name IS NULL"),
        (AnyOf((Compare(PRICE, "=", 1), Missing(PRICE))), "(price = 1 OR price IS NULL)"),
        (AllOf((Compare(PRICE, "=", 1), Missing(PRICE))), "price = 1 AND price IS NULL"),
        (Compare(PRICE, "<", Plan("products", (Measure("avg", PRICE),))),
         "price < (SELECT AVG(price) AS average_price FROM products)"),
        (Member(PRODUCT, Plan("order_lines", (Col("order_lines", "product_id"),)), negated=True),
         "NOT id IN (SELECT product_id FROM order_lines)"),
    ],
)  # fmt: skip
def test_conditions_are_printed(condition: Condition, sql: str) -> None:
    assert (
        SHOP.printer.print(Plan("products", (NAME,), (condition,)))
        == f"SELECT name FROM products WHERE {sql}"
    )


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (Measure("count", of="orders"), "number_of_orders"),
        (Measure("count", Col("orders", "channel"), distinct=True), "number_of_channel"),
        (Measure("sum", Col("orders", "total")), "total"),
        (Measure("avg", PRICE), "average_price"),
        (Bucket(Col("orders", "ordered_at"), "month"), "month"),
        (Years(Col("orders", "ordered_at"), "2026-11-21"), "age"),
        (Share(Missing(PRICE), "products"), "percent"),
    ],
)
def test_what_is_more_than_a_column_has_a_name(item: Item, name: str) -> None:
    assert alias_of(item, SHOP.facts) == name


def test_a_sum_over_orders_is_not_multiplied_by_their_lines() -> None:
    plan = Plan("products", (NAME, Measure("sum", Col("orders", "total"))), group=(NAME,))
    assert "SUM(order_lines.quantity * order_lines.unit_price)" in SHOP.printer.print(plan)
    assert "lines" in SHOP.printer.assumptions(plan)[0]


def test_rows_that_joining_multiplies_are_counted_once() -> None:
    berlin = Compare(Col("addresses", "city"), "=", "Berlin")
    sql = SHOP.printer.print(Plan("customers", (Measure("count", of="customers"),), (berlin,)))
    assert sql.startswith(
        "SELECT COUNT(DISTINCT customers.id) AS number_of_customers FROM customers JOIN addresses"
    )


def test_a_table_of_which_only_the_key_is_used_is_not_joined() -> None:
    plan = Plan("orders", (Measure("count", of="orders"),), group=(Col("customers", "id"),))
    assert SHOP.printer.print(plan) == "SELECT COUNT(*) AS number_of_orders FROM orders GROUP BY customer_id"


def test_a_key_that_was_asked_for_twice_is_shown_once() -> None:
    own, other = Col("orders", "customer_id"), Col("customers", "id")
    plan = Plan("orders", (own, other, Measure("count", of="orders")), group=(own, other))
    assert (
        SHOP.printer.print(plan)
        == "SELECT customer_id, COUNT(*) AS number_of_orders FROM orders GROUP BY customer_id"
    )


def test_postgresql_puts_empty_values_last_and_quotes_its_words() -> None:
    plan = Plan("products", (NAME,), order=(Order(PRICE, descending=True),), limit=3)
    assert POSTGRES.print(plan) == 'SELECT "name" FROM products ORDER BY price DESC NULLS LAST LIMIT 3'


def test_plans_are_combined_nested_and_numbered() -> None:
    cheap = Plan("products", (NAME,), (Compare(PRICE, "<", 5),))
    both = Plan("products", (NAME,), combined=Combined("intersect", cheap))
    per_category = Plan(
        "products", (Col("products", "category_id"), NAME), order=(Order(PRICE),), limit=1,
        each=(Col("products", "category_id"),),
    )  # fmt: skip
    average = Plan(
        "orders", (Measure("count", of="orders"),), group=(Col("orders", "customer_id"),), over="avg"
    )
    assert "INTERSECT" in SHOP.printer.print(both)
    assert "ROW_NUMBER() OVER (PARTITION BY category_id ORDER BY price ASC" in SHOP.printer.print(
        per_category
    )
    assert SHOP.printer.print(average).startswith(
        "SELECT AVG(number_of_orders) AS average_number_of_orders FROM ("
    )


def test_tables_without_a_way_between_them_are_not_guessed_together() -> None:
    with pytest.raises(NoJoin):
        SHOP.printer.print(Plan("orders", (Col("suppliers", "name"),)))


def test_text_stays_text() -> None:
    assert literal("'; drop table orders; --").sql() == "'''; drop table orders; --'"


def query(sql: str) -> exp.Query:
    read = sqlglot.parse_one(sql)
    assert isinstance(read, exp.Query)
    return read


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t ORDER BY b",
        "SELECT count(*) FROM t ORDER BY count(*)",
        "SELECT a, count(*) FROM t GROUP BY a ORDER BY count(*) DESC LIMIT 1",
        "SELECT a FROM t WHERE b > (SELECT avg(b) FROM t)",
        "SELECT a FROM t ORDER BY row_number() OVER (ORDER BY b), sum(b) OVER (PARTITION BY a)",
    ],
)
def test_what_runs_is_sound(sql: str) -> None:
    assert is_sound(query(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t ORDER BY count(*) DESC LIMIT 1",
        "SELECT a FROM t WHERE count(*) > 3",
        "SELECT a FROM t WHERE b IN (SELECT c FROM u ORDER BY sum(d))",
    ],
)
def test_what_counts_rows_that_are_not_put_together_is_not(sql: str) -> None:
    assert not is_sound(query(sql))


def test_what_shows_nothing_is_not() -> None:
    assert not is_sound(exp.select().from_("t"))
    assert not is_sound(exp.select("a").from_("t").where(exp.column("b").isin(exp.select().from_("u"))))
