"""How a follow-up shows the last rows in another way."""

from dataclasses import replace
from datetime import date

from agent.builtin.followup.edits import edit_grouping, edit_order, edit_selection, select_rows
from agent.builtin.grammar.state import ParserState, SelectItem, Sentence
from agent.builtin.plan.model import ColumnRef, DateBucket, InSubquery, Measure, Plan, SortKey
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
