"""How a follow-up shows the last rows in another way."""

from dataclasses import replace
from datetime import date

import pytest

from agent.builtin.followup.detection import is_follow_up
from agent.builtin.followup.edits import edit_grouping, edit_order, edit_selection, select_rows
from agent.builtin.grammar.state import ParserState, SelectItem, Sentence
from agent.builtin.plan.grouping import build_grouped_plan
from agent.builtin.plan.model import ColumnRef, DateBucket, InSubquery, Measure, Plan, SortKey
from agent.builtin.plan.projection import select_items
from agent.builtin.plan.top_n import apply_top_n
from tests.fixtures.builtin_analyst import parse, sql_of
from tests.fixtures.nlg_cases import (
    CHANNEL,
    CUSTOMER_KEY,
    EMAIL,
    IN_2025,
    NAMES,
    ORDERED,
    ORDERS,
    SHOP,
    STATUS,
    TOTAL,
    VIP,
    count_plan,
)

TODAY = date(2026, 11, 15)


def state(entity: str, *items: SelectItem) -> ParserState:
    return ParserState(Sentence(()), SHOP, TODAY, entity=entity).focus_on(entity).with_items(*items)


def test_the_rows_behind_a_count_keep_their_conditions() -> None:
    assert select_rows(count_plan("customers", VIP), state("customers")) == Plan("customers", (), (VIP,))


def test_the_rows_behind_the_first_few_are_only_those_few() -> None:
    first = Plan("customers", NAMES, order=(SortKey(EMAIL),), limit=3)
    inner = Plan("customers", (CUSTOMER_KEY,), order=(SortKey(EMAIL),), limit=3)
    assert select_rows(first, state("customers")).where == (InSubquery(CUSTOMER_KEY, inner),)


def test_another_column_takes_the_place_of_what_was_shown() -> None:
    parsed = state("customers", SelectItem(column=EMAIL))
    plan = edit_selection(Plan("customers", NAMES, (VIP,)), parsed, "show their e-mails")
    assert plan == Plan("customers", (EMAIL,), (VIP,))


def test_another_column_stands_beside_what_was_shown_where_also_is_said() -> None:
    parsed = state("customers", SelectItem(column=EMAIL))
    parsed = replace(parsed, selection=replace(parsed.selection, keeps_previous=True))
    plan = edit_selection(Plan("customers", NAMES, (VIP,)), parsed, "also their e-mails")
    assert plan.select == (*NAMES, EMAIL)


def test_groups_keep_the_measure_and_forget_the_limit() -> None:
    parsed = state("orders").add_groups(STATUS)
    plan = edit_grouping(count_plan("orders", IN_2025).with_(limit=5), parsed, "by status")
    assert plan == Plan("orders", (STATUS, ORDERS), (IN_2025,), group=(STATUS,))


def test_groups_replace_the_old_ones_unless_also_is_said() -> None:
    before = Plan("orders", (CHANNEL, ORDERS), group=(CHANNEL,))
    parsed = state("orders").add_groups(STATUS)
    assert edit_grouping(before, parsed, "by status").group == (STATUS,)
    assert edit_grouping(before, parsed, "also by status").group == (CHANNEL, STATUS)


def test_months_are_shown_in_their_order() -> None:
    month = DateBucket(ORDERED, "month")
    parsed = state("orders").add_groups(month)
    assert edit_grouping(count_plan("orders"), parsed, "per month").order == (SortKey(month),)


def test_sorting_by_what_is_measured_sorts_by_the_measure() -> None:
    total = Measure("sum", TOTAL)
    parsed = state("orders").add_sort_keys(SortKey(ColumnRef("orders", "total"), descending=True))
    plan = edit_order(Plan("orders", (STATUS, total), group=(STATUS,)), parsed, "sort by total descending")
    assert plan.order == (SortKey(total, descending=True),)


BERLIN = "How many customers are from Berlin?"
BY_CHANNEL = "What was the revenue by channel in 2025?"


@pytest.mark.parametrize(
    ("question", "before", "part"),
    [
        ("What about Paris?", [BERLIN], "WHERE addresses.city = 'Paris'"),
        ("Only the vip ones.", [BERLIN], "'Berlin' AND customers.segment = 'vip'"),
        ("Show me their emails.", [BERLIN], "SELECT DISTINCT customers.email"),
        ("and by country?", [BERLIN], "GROUP BY customers.country"),
        ("who are they?", [BERLIN], "SELECT DISTINCT customers.first_name, customers.last_name"),
        ("and in 2024?", [BY_CHANNEL], "ordered_at >= '2024-01-01'"),
        ("and the year before?", [BY_CHANNEL], "ordered_at >= '2024-01-01'"),
        ("by month instead", [BY_CHANNEL], "GROUP BY STRFTIME('%Y-%m', ordered_at)"),
        ("sort by revenue, highest first", [BY_CHANNEL], "ORDER BY SUM(total) DESC"),
        ("and the average?", [BY_CHANNEL], "SELECT channel, AVG(total)"),
        ("top 3", [BY_CHANNEL], "ORDER BY SUM(total) DESC LIMIT 3"),
        ("only web", [BY_CHANNEL], "channel = 'web'"),
        ("how many are there?", ["products with price above 10"], "SELECT COUNT(*)"),
        ("which of them is the most expensive?", ["products in stock"], "ORDER BY price DESC"),
        ("and their prices", ["list the products"], "SELECT name, price FROM products"),
        ("how many of those are in stock?", ["products with price above 10"], "price > 10 AND stock > 0"),
        ("cheapest first", ["list the products"], "ORDER BY price ASC"),
    ],
)
async def test_a_follow_up_changes_the_last_plan(question: str, before: list[str], part: str) -> None:
    assert part in await sql_of(question, *before)


async def test_a_chain_goes_on_from_where_it_is() -> None:
    sql = await sql_of("how many are there?", BERLIN, "What about Paris?", "Only the vip ones.")
    assert "'Paris' AND customers.segment = 'vip'" in sql


async def test_a_question_of_its_own_starts_afresh() -> None:
    assert await sql_of("How many products are there?", BERLIN) == (
        "SELECT COUNT(*) AS number_of_products FROM products"
    )


@pytest.mark.parametrize("question", ["and by month?", "only those from Berlin", "show me their emails"])
def test_some_questions_cannot_stand_alone(question: str) -> None:
    assert is_follow_up(question)


def test_most_questions_stand_alone() -> None:
    assert not is_follow_up("How many customers are there in Berlin?")


def test_the_parts_of_a_plan_come_from_what_was_read() -> None:
    state = parse("the 3 most expensive products")
    items = [item for requested in state.selection.items for item in select_items(state, requested)]
    plan = apply_top_n(state, build_grouped_plan(state, items))
    assert (plan.entity, plan.limit) == ("products", 3)
    assert select_rows(plan, state).entity == "products"
