"""How a superlative orders a plan."""

from datetime import date

from agent.builtin.grammar.state import Reader, Top, Want
from agent.builtin.plan.model import Compare, Measure, Order, Plan
from agent.builtin.plan.top_n import SEVERAL, is_reversed, with_top
from tests.speaking import CUSTOMER_KEY, FIRM, NAMES, ORDERS, PRICE, PRODUCT, SHOP, STOCK, firm

TODAY = date(2026, 11, 15)


def reader(top: Top | None, entity: str = "products") -> Reader:
    return Reader((), SHOP, TODAY, entity=entity, wants=[Want(table=entity)], top=top)


def test_a_plan_without_a_superlative_stays_as_it_was() -> None:
    plan = Plan("products", (PRODUCT,))
    assert with_top(reader(None), plan) == plan


def test_the_first_few_are_kept_in_the_order_that_was_said() -> None:
    plan = with_top(reader(Top(descending=True, limit=3, item=PRICE)), Plan("products", (PRODUCT,)))
    assert plan.order == (Order(PRICE, descending=True),)
    assert plan.limit == 3


def test_several_are_kept_where_nobody_says_how_many() -> None:
    plan = with_top(reader(Top(descending=False, limit=0, item=PRICE)), Plan("products", (PRODUCT,)))
    assert plan.order == (Order(PRICE),)
    assert plan.limit == SEVERAL


def test_a_measure_that_orders_makes_a_group_of_each_row() -> None:
    plan = with_top(reader(Top(descending=True, item=ORDERS), "customers"), Plan("customers", NAMES))
    assert plan.group == (CUSTOMER_KEY, *NAMES)
    assert plan.order == (Order(ORDERS, descending=True),)


def test_an_average_over_the_greatest_is_a_condition_and_no_order() -> None:
    average = Measure("avg", PRICE)
    plan = with_top(reader(Top(descending=True, item=STOCK)), Plan("products", (average,)))
    assert plan.where == (Compare(STOCK, "=", Plan("products", (Measure("max", STOCK),))),)
    assert plan.order == ()
    assert plan.limit is None


def test_whoever_is_oldest_was_born_first() -> None:
    asked = Reader((), FIRM, TODAY, entity="Employees")
    assert is_reversed(asked, firm("BirthDate"), "age")
    assert not is_reversed(asked, firm("Salary"), "age")
    assert not is_reversed(asked, firm("BirthDate"), "price")
