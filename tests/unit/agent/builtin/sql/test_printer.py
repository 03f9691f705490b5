import pytest
import sqlglot
from sqlglot import exp

from agent.builtin.plan.join_planner import NoJoinPath
from agent.builtin.plan.model import (
    AgeInYears,
    And,
    Between,
    ColumnRef,
    Comparison,
    Condition,
    DateBucket,
    InList,
    InSubquery,
    IsNull,
    Item,
    Measure,
    Or,
    Percentage,
    Plan,
    SetOperation,
    SortKey,
)
from agent.builtin.sql.expressions import print_literal
from agent.builtin.sql.printer import SqlPrinter, alias_of, has_valid_aggregation
from tests.fixtures.nlg_cases import SHOP

PRICE, NAME = ColumnRef("products", "price"), ColumnRef("products", "name")
PRODUCT = ColumnRef("products", "id")
POSTGRES = SqlPrinter(SHOP.roles, SHOP.graph, "postgres")


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        (Comparison(PRICE, ">", 5), "price > 5"),
        (Comparison(NAME, "like", "%Hose%"), "LOWER(name) LIKE '%hose%'"),
        (InList(NAME, ("a", "b"), negated=True), "NOT name IN ('a', 'b')"),
        (Between(PRICE, -1, 5), "price BETWEEN -1 AND 5"),
        (IsNull(NAME, negated=True), "NOT name IS NULL"),
        (Or((Comparison(PRICE, "=", 1), IsNull(PRICE))), "(price = 1 OR price IS NULL)"),
        (And((Comparison(PRICE, "=", 1), IsNull(PRICE))), "price = 1 AND price IS NULL"),
        (Comparison(PRICE, "<", Plan("products", (Measure("avg", PRICE),))),
         "price < (SELECT AVG(price) AS average_price FROM products)"),
        (InSubquery(PRODUCT, Plan("order_lines", (ColumnRef("order_lines", "product_id"),)), negated=True),
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
        (Measure("count", table="orders"), "number_of_orders"),
        (Measure("count", ColumnRef("orders", "channel"), distinct=True), "number_of_channel"),
        (Measure("sum", ColumnRef("orders", "total")), "total"),
        (Measure("avg", PRICE), "average_price"),
        (DateBucket(ColumnRef("orders", "ordered_at"), "month"), "month"),
        (AgeInYears(ColumnRef("orders", "ordered_at"), "2026-11-21"), "age"),
        (Percentage(IsNull(PRICE), "products"), "percent"),
    ],
)
def test_what_is_more_than_a_column_has_a_name(item: Item, name: str) -> None:
    assert alias_of(item, SHOP.roles) == name


def test_a_sum_over_orders_is_not_multiplied_by_their_lines() -> None:
    plan = Plan("products", (NAME, Measure("sum", ColumnRef("orders", "total"))), group=(NAME,))
    assert "SUM(order_lines.quantity * order_lines.unit_price)" in SHOP.printer.print(plan)
    assert "lines" in SHOP.printer.assumptions(plan)[0]


def test_rows_that_joining_multiplies_are_counted_once() -> None:
    berlin = Comparison(ColumnRef("addresses", "city"), "=", "Berlin")
    sql = SHOP.printer.print(Plan("customers", (Measure("count", table="customers"),), (berlin,)))
    assert sql.startswith(
        "SELECT COUNT(DISTINCT customers.id) AS number_of_customers FROM customers JOIN addresses"
    )


def test_a_table_of_which_only_the_key_is_used_is_not_joined() -> None:
    plan = Plan("orders", (Measure("count", table="orders"),), group=(ColumnRef("customers", "id"),))
    assert SHOP.printer.print(plan) == "SELECT COUNT(*) AS number_of_orders FROM orders GROUP BY customer_id"


def test_a_key_that_was_asked_for_twice_is_shown_once() -> None:
    own, other = ColumnRef("orders", "customer_id"), ColumnRef("customers", "id")
    plan = Plan("orders", (own, other, Measure("count", table="orders")), group=(own, other))
    assert (
        SHOP.printer.print(plan)
        == "SELECT customer_id, COUNT(*) AS number_of_orders FROM orders GROUP BY customer_id"
    )


def test_postgresql_puts_empty_values_last_and_quotes_its_words() -> None:
    plan = Plan("products", (NAME,), order=(SortKey(PRICE, descending=True),), limit=3)
    assert POSTGRES.print(plan) == 'SELECT "name" FROM products ORDER BY price DESC NULLS LAST LIMIT 3'


def test_plans_are_combined_nested_and_numbered() -> None:
    cheap = Plan("products", (NAME,), (Comparison(PRICE, "<", 5),))
    both = Plan("products", (NAME,), set_operation=SetOperation("intersect", cheap))
    per_category = Plan(
        "products", (ColumnRef("products", "category_id"), NAME), order=(SortKey(PRICE),), limit=1,
        partition_by=(ColumnRef("products", "category_id"),),
    )  # fmt: skip
    average = Plan(
        "orders",
        (Measure("count", table="orders"),),
        group=(ColumnRef("orders", "customer_id"),),
        outer_function="avg",
    )
    assert "INTERSECT" in SHOP.printer.print(both)
    assert "ROW_NUMBER() OVER (PARTITION BY category_id ORDER BY price ASC" in SHOP.printer.print(
        per_category
    )
    assert SHOP.printer.print(average).startswith(
        "SELECT AVG(number_of_orders) AS average_number_of_orders FROM ("
    )


def test_tables_without_a_way_between_them_are_not_guessed_together() -> None:
    with pytest.raises(NoJoinPath):
        SHOP.printer.print(Plan("orders", (ColumnRef("suppliers", "name"),)))


def test_text_stays_text() -> None:
    assert print_literal("'; drop table orders; --").sql() == "'''; drop table orders; --'"


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
    assert has_valid_aggregation(query(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t ORDER BY count(*) DESC LIMIT 1",
        "SELECT a FROM t WHERE count(*) > 3",
        "SELECT a FROM t WHERE b IN (SELECT c FROM u ORDER BY sum(d))",
    ],
)
def test_what_counts_rows_that_are_not_put_together_is_not(sql: str) -> None:
    assert not has_valid_aggregation(query(sql))


def test_what_shows_nothing_is_not() -> None:
    assert not has_valid_aggregation(exp.select().from_("t"))
    assert not has_valid_aggregation(
        exp.select("a").from_("t").where(exp.column("b").isin(exp.select().from_("u")))
    )
