"""Results are compared as a person would: by what they say."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agent.results.comparison import count_joins, is_ordered, result_key
from store.access.approved_query import Approved
from tests.fakes import PETS, judged, rows_of


def same(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]], ordered: bool = False) -> bool:
    names = [f"c{at}" for at in range(len(one[0]))]
    others = [f"d{at}" for at in range(len(other[0]))]
    return result_key(rows_of(names, one), ordered) == result_key(rows_of(others, other), ordered)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([(1,), (2,)], [(2,), (1,)]),
        ([(1, "a"), (2, "b")], [("b", 2), ("a", 1)]),
        ([(1,)], [(Decimal("1.00"),)]),
        ([(0.1 + 0.2,)], [(0.3,)]),
        ([(None,)], [(None,)]),
        ([(date(2024, 1, 2),)], [("2024-01-02",)]),
        ([(-0.0,)], [(0,)]),
    ],
)
def test_the_same_in_other_clothes(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([(1,), (1,)], [(1,)]),
        ([(1,)], [("1",)]),
        ([(1,)], [(1.001,)]),
        ([(1, 2)], [(1,)]),
        ([(None,)], [("",)]),
        ([(1, "a"), (2, "b")], [(1, "b"), (2, "a")]),
    ],
)
def test_what_differs(one: Any, other: Any) -> None:
    assert not same(one, other)


def test_the_order_counts_where_it_was_asked_for() -> None:
    assert not same([(1,), (2,)], [(2,), (1,)], ordered=True)


def test_a_result_that_was_cut_off_is_not_the_whole() -> None:
    assert result_key(rows_of(["a"], [(1,)], truncated=True), False) != result_key(
        rows_of(["a"], [(1,)]), False
    )


async def test_a_query_tells_its_order_and_its_joins() -> None:
    plain = await judged("SELECT name FROM pets", PETS)
    joined = await judged("SELECT a.name FROM pets AS a JOIN pets AS b ON a.id = b.id ORDER BY a.name", PETS)
    assert isinstance(plain, Approved)
    assert isinstance(joined, Approved)
    assert (is_ordered(plain), count_joins(plain)) == (False, 0)
    assert (is_ordered(joined), count_joins(joined)) == (True, 1)
