"""What a plan is grouped by."""

from dataclasses import replace
from datetime import date

from agent.builtin.grammar.state import Reader, Want
from agent.builtin.plan.grouping import grouped, keys_for, lists_category
from agent.builtin.plan.model import Col, Compare, Measure, Member, Plan
from store.targets.target import ColumnProfile
from tests.speaking import CUSTOMER_KEY, NAMES, ORDERS, SEGMENT, SHOP, STATUS, TOTAL

TODAY = date(2026, 11, 15)


def reader(entity: str, *wants: Want) -> Reader:
    return Reader((), SHOP, TODAY, entity=entity, wants=list(wants))


def test_plain_columns_alone_need_no_groups() -> None:
    assert grouped(reader("orders", Want(col=STATUS)), [STATUS]) == Plan("orders", (STATUS,))


def test_a_column_beside_a_measure_is_grouped_by() -> None:
    average = Measure("avg", TOTAL)
    plan = grouped(reader("orders", Want(col=STATUS), Want(col=TOTAL)), [STATUS, average])
    assert plan.show == (STATUS, average)
    assert plan.group == (STATUS,)


def test_two_people_of_one_name_are_two_groups() -> None:
    assert keys_for(reader("customers"), list(NAMES), [ORDERS]) == (CUSTOMER_KEY, *NAMES)


def test_a_category_of_people_is_one_group_however_many_share_it() -> None:
    assert keys_for(reader("customers"), [SEGMENT], [ORDERS]) == (SEGMENT,)


def test_a_group_without_a_measure_counts_the_rows() -> None:
    asked = reader("orders", Want(table="orders"))
    asked.group = [STATUS]
    plan = grouped(asked, [Col("orders", "id")])
    assert plan.show == (STATUS, ORDERS)
    assert plan.group == (STATUS,)


def test_how_many_customers_have_several_orders_counts_customers() -> None:
    customers = Measure("count", of="customers")
    several = Compare(ORDERS, ">", 5)
    asked = reader("customers", Want(table="customers", counted=True))
    asked.having, asked.tables = [several], ["orders"]
    inner = Plan("customers", (CUSTOMER_KEY,), group=(CUSTOMER_KEY,), having=(several,), tables=("orders",))
    assert grouped(asked, [customers]) == Plan(
        "customers", (customers,), where=(Member(CUSTOMER_KEY, inner),)
    )


def test_a_text_that_hardly_two_rows_share_is_no_category() -> None:
    plan = Plan("orders", (STATUS,))
    few = ColumnProfile("status", 0.0, 3, filled=1_000)
    # Of a thousand rows each had another: so will the many that were not looked at.
    many = ColumnProfile("status", 0.0, 1_000, filled=1_000, once=1_000)
    for profile, shared in ((few, True), (many, False)):
        known = replace(SHOP.map, profiles={STATUS.table: {STATUS.column: profile}})
        facts = SHOP.facts[STATUS.table]
        large = replace(facts, table=replace(facts.table, row_estimate=100_000))
        schema = replace(SHOP, map=known, facts={**SHOP.facts, STATUS.table: large})
        assert lists_category(Reader((), schema, TODAY, entity="orders"), plan) is shared
