"""How a superlative orders a plan."""

from datetime import date

from agent.builtin.grammar.state import ParserState, SelectItem, Sentence, TopN
from agent.builtin.plan.model import Comparison, Measure, Plan, SortKey
from agent.builtin.plan.top_n import DEFAULT_TOP_N, apply_top_n, is_age_reversed
from tests.fixtures.nlg_cases import (
    CUSTOMER_KEY,
    FIRM,
    NAMES,
    ORDERS,
    PRICE,
    PRODUCT,
    SHOP,
    STOCK,
    employee_column,
)

TODAY = date(2026, 11, 15)


def state(top: TopN | None, entity: str = "products") -> ParserState:
    state = ParserState(Sentence(()), SHOP, TODAY, entity=entity)
    return state.with_items(SelectItem(table=entity)).with_top(top)


def test_a_plan_without_a_superlative_stays_as_it_was() -> None:
    plan = Plan("products", (PRODUCT,))
    assert apply_top_n(state(None), plan) == plan


def test_the_first_few_are_kept_in_the_order_that_was_said() -> None:
    plan = apply_top_n(state(TopN(descending=True, limit=3, item=PRICE)), Plan("products", (PRODUCT,)))
    assert plan.order == (SortKey(PRICE, descending=True),)
    assert plan.limit == 3


def test_several_are_kept_where_nobody_says_how_many() -> None:
    plan = apply_top_n(state(TopN(descending=False, limit=0, item=PRICE)), Plan("products", (PRODUCT,)))
    assert plan.order == (SortKey(PRICE),)
    assert plan.limit == DEFAULT_TOP_N


def test_a_measure_that_orders_makes_a_group_of_each_row() -> None:
    plan = apply_top_n(state(TopN(descending=True, item=ORDERS), "customers"), Plan("customers", NAMES))
    assert plan.group == (CUSTOMER_KEY, *NAMES)
    assert plan.order == (SortKey(ORDERS, descending=True),)


def test_an_average_over_the_greatest_is_a_condition_and_no_order() -> None:
    average = Measure("avg", PRICE)
    plan = apply_top_n(state(TopN(descending=True, item=STOCK)), Plan("products", (average,)))
    assert plan.where == (Comparison(STOCK, "=", Plan("products", (Measure("max", STOCK),))),)
    assert plan.order == ()
    assert plan.limit is None


def test_whoever_is_oldest_was_born_first() -> None:
    parsed = ParserState(Sentence(()), FIRM, TODAY, entity="Employees")
    assert is_age_reversed(parsed, employee_column("BirthDate"), "age")
    assert not is_age_reversed(parsed, employee_column("Salary"), "age")
    assert not is_age_reversed(parsed, employee_column("BirthDate"), "price")
