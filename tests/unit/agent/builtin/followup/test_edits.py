"""How a follow-up shows the last rows in another way."""

from datetime import date

from agent.builtin.followup.edits import rows_of, with_group, with_order, with_selection
from agent.builtin.grammar.state import Reader, Want
from agent.builtin.plan.model import Bucket, Col, Measure, Member, Order, Plan
from tests.speaking import (
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
    counting,
)

TODAY = date(2026, 11, 15)


def reader(entity: str, *wants: Want) -> Reader:
    return Reader((), SHOP, TODAY, entity=entity, focus=entity, wants=list(wants))


def test_the_rows_behind_a_count_keep_their_conditions() -> None:
    assert rows_of(counting("customers", VIP), reader("customers")) == Plan("customers", (), (VIP,))


def test_the_rows_behind_the_first_few_are_only_those_few() -> None:
    first = Plan("customers", NAMES, order=(Order(EMAIL),), limit=3)
    inner = Plan("customers", (CUSTOMER_KEY,), order=(Order(EMAIL),), limit=3)
    assert rows_of(first, reader("customers")).where == (Member(CUSTOMER_KEY, inner),)


def test_another_column_takes_the_place_of_what_was_shown() -> None:
    asked = reader("customers", Want(col=EMAIL))
    plan = with_selection(Plan("customers", NAMES, (VIP,)), asked, "show their e-mails")
    assert plan == Plan("customers", (EMAIL,), (VIP,))


def test_another_column_stands_beside_what_was_shown_where_also_is_said() -> None:
    asked = reader("customers", Want(col=EMAIL))
    asked.also = True
    plan = with_selection(Plan("customers", NAMES, (VIP,)), asked, "also their e-mails")
    assert plan.show == (*NAMES, EMAIL)


def test_groups_keep_the_measure_and_forget_the_limit() -> None:
    asked = reader("orders")
    asked.group = [STATUS]
    plan = with_group(counting("orders", IN_2025).with_(limit=5), asked, "by status")
    assert plan == Plan("orders", (STATUS, ORDERS), (IN_2025,), group=(STATUS,))


def test_groups_replace_the_old_ones_unless_also_is_said() -> None:
    before = Plan("orders", (CHANNEL, ORDERS), group=(CHANNEL,))
    asked = reader("orders")
    asked.group = [STATUS]
    assert with_group(before, asked, "by status").group == (STATUS,)
    assert with_group(before, asked, "also by status").group == (CHANNEL, STATUS)


def test_months_are_shown_in_their_order() -> None:
    month = Bucket(ORDERED, "month")
    asked = reader("orders")
    asked.group = [month]
    assert with_group(counting("orders"), asked, "per month").order == (Order(month),)


def test_sorting_by_what_is_measured_sorts_by_the_measure() -> None:
    total = Measure("sum", TOTAL)
    asked = reader("orders")
    asked.order = [Order(Col("orders", "total"), descending=True)]
    plan = with_order(Plan("orders", (STATUS, total), group=(STATUS,)), asked, "sort by total descending")
    assert plan.order == (Order(total, descending=True),)
