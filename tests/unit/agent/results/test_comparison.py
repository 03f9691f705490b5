import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agent.results.comparison import count_joins, is_ordered, same_result, same_rows
from store.rows import Rows
from tests.fixtures.scripted_analyst import make_rows

SAME = [
    ("the same rows", [(1, "a"), (2, "b")], [(1, "a"), (2, "b")]),
    ("another order of rows", [(2, "b"), (1, "a")], [(1, "a"), (2, "b")]),
    ("another order of columns", [("a", 1), ("b", 2)], [(1, "a"), (2, "b")]),
    ("a number as another type", [(1.0,), (True,)], [(1,), (1,)]),
    ("what adding up loses", [(0.1 + 0.2,)], [(0.3,)]),
    ("a difference below a millionth", [(10.0000004,)], [(10,)]),
    ("two columns alike", [(1, 1, "a")], [(1, "a", 1)]),
    ("nothing, with other columns", [], []),
    ("nulls", [(None,), (1,)], [(1,), (None,)]),
    ("a moment as two engines write it", [("2026-01-31T10:00:00",)], [("2026-01-31 10:00:00",)]),
    ("lists", [([1, 2],)], [([1, 2],)]),
]
OTHER = [
    ("a row too many", [(1,), (1,)], [(1,)]),
    ("a row twice instead of another", [(1,), (1,), (2,)], [(1,), (2,), (2,)]),
    ("a column too many", [(1, 2)], [(1,)]),
    ("a number as text", [("1",)], [(1,)]),
    ("a difference above a millionth", [(10.00001,)], [(10,)]),
    ("neighbouring large counts", [(1_000_000_001,)], [(1_000_000_000,)]),
    ("a null for a zero", [(None,)], [(0,)]),
    ("another case", [("Paris",)], [("paris",)]),
    ("equal columns, unequal rows", [(1, "b"), (2, "a")], [(1, "a"), (2, "b")]),
]


@pytest.mark.parametrize(("rows", "gold"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_these_are_the_same(rows: list[tuple[object, ...]], gold: list[tuple[object, ...]]) -> None:
    assert same_rows(rows, gold, ordered=False)


@pytest.mark.parametrize(("rows", "gold"), [case[1:] for case in OTHER], ids=[case[0] for case in OTHER])
def test_these_are_not(rows: list[tuple[object, ...]], gold: list[tuple[object, ...]]) -> None:
    assert not same_rows(rows, gold, ordered=False)


def test_the_order_of_rows_counts_where_it_was_asked_for() -> None:
    assert same_rows([(1,), (2,)], [(1,), (2,)], ordered=True)
    assert not same_rows([(2,), (1,)], [(1,), (2,)], ordered=True)


def test_numbers_that_differ_a_little_may_stand_in_different_orders() -> None:
    rows = [(1.0000000001, 5), (1.0, 7)]
    assert same_rows(rows, [(1.0, 5), (1.0000000001, 7)], ordered=False)


def test_rows_may_show_more_where_that_is_allowed() -> None:
    rows, gold = [(1, "a", True), (2, "b", True)], [("b",), ("a",)]
    assert same_rows(rows, gold, ordered=False, more_columns=True)
    assert not same_rows(rows, gold, ordered=False)
    assert not same_rows(gold, rows, ordered=False, more_columns=True)


def test_many_columns_alike_are_told_apart_quickly() -> None:
    rows = [tuple(range(12)), tuple(range(11, -1, -1))]
    gold = [tuple((number * 5) % 12 for number in range(12)), tuple(11 - (n * 5) % 12 for n in range(12))]
    began = time.perf_counter()
    assert same_rows(rows, gold, ordered=False)
    assert time.perf_counter() - began < 30


def test_only_the_query_as_a_whole_sorts() -> None:
    assert is_ordered("SELECT a FROM t ORDER BY a", "sqlite")
    assert is_ordered("SELECT a FROM t UNION SELECT b FROM u ORDER BY 1", "sqlite")
    assert not is_ordered("SELECT a FROM t WHERE a IN (SELECT b FROM u ORDER BY b LIMIT 1)", "sqlite")
    assert not is_ordered("SELECT a, row_number() OVER (ORDER BY b) FROM t", "sqlite")


def test_what_cannot_be_read_sorts_where_it_says_so() -> None:
    assert is_ordered("SELEC a FRM ((t ORDER\n BY a", "sqlite")
    assert not is_ordered("SELEC a FRM ((t", "sqlite")


def result(*rows: tuple[Any, ...], truncated: bool = False) -> Rows:
    return make_rows([f"c{number}" for number in range(len(rows[0]))], list(rows), truncated=truncated)


@pytest.mark.parametrize(
    ("rows", "other"),
    [
        (result((1,)), result((Decimal("1.00"),))),
        (result((date(2024, 1, 2),)), result(("2024-01-02",))),
        (result((-0.0,)), result((0,))),
        (result((float("nan"),)), result((float("nan"),))),
        (result((2**70,)), result((Decimal(2**70),))),
    ],
)
def test_values_of_a_database_compare_as_they_are_sent(rows: Rows, other: Rows) -> None:
    assert same_result(rows, other, ordered=True)


def test_a_truncated_result_never_equals_a_complete_one() -> None:
    assert not same_result(result((1,), truncated=True), result((1,)), ordered=False)
    assert not same_result(result((1,), (2,)), result((2,), (1,)), ordered=True)


def test_joins_are_counted_in_sub_queries_too() -> None:
    assert count_joins("SELECT name FROM pets", "sqlite") == 0
    assert (
        count_joins("SELECT 1 WHERE EXISTS (SELECT 1 FROM a JOIN b USING (id) JOIN c USING (id))", "sqlite")
        == 2
    )
