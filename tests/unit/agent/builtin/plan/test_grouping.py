"""What a plan is grouped by."""

from dataclasses import replace
from datetime import date

from agent.builtin.grammar.state import ParserState, SelectItem, Sentence
from agent.builtin.plan.grouping import build_grouped_plan, group_keys, is_category_list
from agent.builtin.plan.model import ColumnRef, Comparison, InSubquery, Measure, Plan
from store.targets.target import ColumnProfile
from tests.fixtures.nlg_cases import CUSTOMER_KEY, NAMES, ORDERS, SEGMENT, SHOP, STATUS, TOTAL

TODAY = date(2026, 11, 15)


def state(entity: str, *items: SelectItem) -> ParserState:
    return ParserState(Sentence(()), SHOP, TODAY, entity=entity).with_items(*items)


def test_plain_columns_alone_need_no_groups() -> None:
    assert build_grouped_plan(state("orders", SelectItem(column=STATUS)), [STATUS]) == Plan(
        "orders", (STATUS,)
    )


def test_a_column_beside_a_measure_is_grouped_by() -> None:
    average = Measure("avg", TOTAL)
    plan = build_grouped_plan(
        state("orders", SelectItem(column=STATUS), SelectItem(column=TOTAL)), [STATUS, average]
    )
    assert plan.select == (STATUS, average)
    assert plan.group == (STATUS,)


def test_two_people_of_one_name_are_two_groups() -> None:
    assert group_keys(state("customers"), list(NAMES), [ORDERS]) == (CUSTOMER_KEY, *NAMES)


def test_a_category_of_people_is_one_group_however_many_share_it() -> None:
    assert group_keys(state("customers"), [SEGMENT], [ORDERS]) == (SEGMENT,)


def test_a_group_without_a_measure_counts_the_rows() -> None:
    parsed = state("orders", SelectItem(table="orders")).add_groups(STATUS)
    plan = build_grouped_plan(parsed, [ColumnRef("orders", "id")])
    assert plan.select == (STATUS, ORDERS)
    assert plan.group == (STATUS,)


def test_how_many_customers_have_several_orders_counts_customers() -> None:
    customers = Measure("count", table="customers")
    several = Comparison(ORDERS, ">", 5)
    parsed = state("customers", SelectItem(table="customers", counted=True))
    parsed = parsed.add_having(several).add_tables("orders")
    inner = Plan("customers", (CUSTOMER_KEY,), group=(CUSTOMER_KEY,), having=(several,), tables=("orders",))
    assert build_grouped_plan(parsed, [customers]) == Plan(
        "customers", (customers,), where=(InSubquery(CUSTOMER_KEY, inner),)
    )


def test_a_text_that_hardly_two_rows_share_is_no_category() -> None:
    plan = Plan("orders", (STATUS,))
    few = ColumnProfile("status", 0.0, 3, non_null_count=1_000)
    # Of a thousand rows each had another: so will the many that were not looked at.
    many = ColumnProfile("status", 0.0, 1_000, non_null_count=1_000, singleton_count=1_000)
    for profile, shared in ((few, True), (many, False)):
        schema_map = replace(SHOP.map, profiles={STATUS.table: {STATUS.column: profile}})
        facts = SHOP.roles[STATUS.table]
        large = replace(facts, table=replace(facts.table, row_estimate=100_000))
        schema = replace(SHOP, map=schema_map, roles={**SHOP.roles, STATUS.table: large})
        assert is_category_list(ParserState(Sentence(()), schema, TODAY, entity="orders"), plan) is shared
