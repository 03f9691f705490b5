"""The picture follows from the shape of a result and from the question."""

from typing import Any

import pytest

from agent.charts.selection import choose_chart
from store.rows import RowColumn, Rows

MONTHS = [(f"2024-{month:02}", month * 10) for month in range(1, 13)]
CITIES = [("Berlin", 3), ("Paris", 5), ("Rome", 1)]
BY_BOTH = [(f"2024-{month:02}", city, month) for month in (1, 2, 3) for city in ("Berlin", "Paris")]


def rows(names: str, values: list[tuple[Any, ...]], truncated: bool = False) -> Rows:
    return Rows(tuple(RowColumn(name, "other") for name in names.split()), tuple(values), truncated)


@pytest.mark.parametrize(
    ("names", "values", "question", "kind"),
    [
        ("month revenue", MONTHS, "revenue by month", "line"),
        ("year n", [(2022, 1), (2023, 2)], "how many by year", "line"),
        ("month city n", BY_BOTH, "by month and city", "line"),
        ("month city n", BY_BOTH, "share of each city by month", "stacked"),
        ("city n", CITIES, "customers by city", "bar"),
        ("city n", CITIES, "share of customers by city", "stacked"),
        ("city n", CITIES, "what percentage is from each city", "stacked"),
        ("city kind n", [("a", "x", 1), ("a", "y", 2), ("b", "x", 3)], "by city and kind", "stacked"),
        ("height weight", [(1, 2), (2, 3), (3, 5), (4, 4)], "height against weight", "scatter"),
        ("name height weight", [(n, 1, 2) for n in "abcd"], "height and weight of each", "scatter"),
        ("n", [(4000,)], "how many customers", "number"),
    ],
)
def test_the_picture_a_result_makes(names: str, values: Any, question: str, kind: str) -> None:
    chart = choose_chart(rows(names, values), question)
    assert chart is not None
    assert chart.kind == kind


@pytest.mark.parametrize(
    ("names", "values"),
    [
        ("city n", []),
        ("country_code n", [("DE", 1), ("FR", 2)]),
        ("lat lon", [(1.5, 2.5)] * 5),
        ("name city", [("a", "b"), ("c", "d")]),
        ("city n", [(f"c{number}", number) for number in range(31)]),
        ("city n", [("Berlin", 1), ("Berlin", 2)]),
        ("customer_id", [(1,), (2,)]),
        ("name", [("Rex",)]),
        ("city", [("Rex",), ("Bo",)]),
        ("a b c d", [(1, 2, 3, 4)] * 5),
        ("month n", [(f"{2000 + n // 12}-{n % 12 + 1:02}", n) for n in range(401)]),
    ],
)
def test_what_stays_a_table(names: str, values: Any) -> None:
    assert choose_chart(rows(names, values), "what is there") is None


def test_a_part_is_never_shown_as_the_whole() -> None:
    assert choose_chart(rows("city n", CITIES, truncated=True), "by city") is None


def test_parts_below_nothing_make_no_whole() -> None:
    chart = choose_chart(rows("city n", [("a", -1), ("b", 2)]), "share by city")
    assert chart is not None
    assert chart.kind == "bar"


@pytest.mark.parametrize(
    ("proposed", "kind"),
    [
        ("bar", "bar"),
        ("LINE ", "line"),
        ("pie", "line"),
        ("scatter", "line"),
        ("number", "line"),
        ("", "line"),
    ],
)
def test_a_proposal_is_taken_only_where_it_fits(proposed: str, kind: str) -> None:
    chart = choose_chart(rows("month revenue", MONTHS), "revenue by month", proposed)
    assert chart is not None
    assert chart.kind == kind


@pytest.mark.parametrize("proposed", ["none", "table"])
def test_an_analyst_may_want_no_picture(proposed: str) -> None:
    assert choose_chart(rows("month revenue", MONTHS), "revenue by month", proposed) is None
