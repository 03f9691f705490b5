from decimal import Decimal
from typing import Any

import pytest

from agent.builtin.nlg.answer import describe_plan, describe_result
from agent.builtin.plan.model import (
    AgeInYears,
    Between,
    ColumnRef,
    Comparison,
    Condition,
    DaysBetween,
    InList,
    InPeriod,
    InSubquery,
    Measure,
    Or,
    Plan,
)
from tests.fixtures.nlg_cases import (
    ACTIVE,
    ADDED,
    CATEGORY,
    FIRM,
    GARDEN,
    IN_2025,
    LEAGUE,
    PRICE,
    PRODUCT,
    SHOP,
    STOCK,
    count_plan,
    employee_column,
    single_value,
)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Comparison(PRICE, ">=", 20), "with price of at least 20 EUR"),
        (Comparison(PRICE, "<=", 12.5), "with price of at most 12.50 EUR"),
        (Between(PRICE, 10, 20), "with price between 10 and 20 EUR"),
        (Between(PRICE, 10, 20, negated=True), "with price not between 10 and 20 EUR"),
        (InList(CATEGORY, ("Garden", "Toys")), "with category Garden or Toys"),
        (InList(CATEGORY, ("Garden", "Toys"), negated=True), "with category other than Garden or Toys"),
        (Comparison(CATEGORY, "<>", "Garden"), "with category other than Garden"),
        (Or((GARDEN, Comparison(CATEGORY, "=", "Toys"))), "with category Garden or Toys"),
        (Or((GARDEN, Comparison(STOCK, "=", 0))), "with either category Garden or stock 0"),
        (Comparison(PRODUCT, "=", "Lounger"), "named Lounger"),
        (
            InSubquery(
                ColumnRef("products", "category_id"),
                Plan("categories", (CATEGORY,), (Comparison(CATEGORY, "<>", "Toys"),)),
            ),
            "with category number among the categories with name other than Toys",
        ),
        (
            Or(
                (
                    GARDEN,
                    InSubquery(
                        ColumnRef("categories", "parent_id"), Plan("categories", (CATEGORY,), (GARDEN,))
                    ),
                )
            ),
            "with category Garden or one below it",
        ),
        (Comparison(ACTIVE, "=", False), "that are not active"),
        (Comparison(PRODUCT, "like", "%sun%"), "with name containing “sun”"),
        (Comparison(PRODUCT, "like", "Sun%"), "with name starting with “Sun”"),
        (Comparison(PRODUCT, "not like", "%Sun"), "with name not ending in “Sun”"),
        (Comparison(ADDED, ">", "2025-03-01"), "added after 1 March 2025"),
        (InPeriod(ADDED, None, "2025-03-01", "before March 2025"), "added before March 2025"),
        (
            InPeriod(ADDED, "2026-10-22", "2026-11-22", "last 30 days"),
            "added in the last 30 days (22 October to 21 November 2026)",
        ),
        (
            InPeriod(ADDED, "2025-01-01", "2026-01-01", "2025", negated=True),
            "added not in 2025",
        ),
        (
            Comparison(PRICE, ">", Plan("products", (Measure("avg", PRICE),))),
            "with price above the average product price",
        ),
        (
            InSubquery(
                ColumnRef("products", "id"),
                Plan("products", (ColumnRef("products", "id"),), where=(IN_2025,)),
                negated=True,
            ),
            "without any orders in 2025",
        ),
    ],
)  # fmt: skip
def test_every_condition_is_named(condition: Condition, words: str) -> None:
    assert describe_plan(Plan("products", (PRODUCT,), (condition,)), SHOP) == f"products {words}"


@pytest.mark.parametrize(
    ("plan", "value", "text"),
    [
        (
            Plan("Employees", (Measure("avg", employee_column("Salary")),)),
            51234.567,
            "The average employee salary is 51,234.57.",
        ),
        (
            count_plan("Employees", Comparison(employee_column("is_manager"), "=", True)),
            7,
            "There are 7 employees marked as manager.",
        ),
        (
            count_plan(
                "Employees", InPeriod(employee_column("HireDate"), "2020-01-01", "2021-01-01", "2020")
            ),
            12,
            "There are 12 employees with hire date in 2020.",
        ),
        (
            count_plan(
                "Employees", InPeriod(employee_column("BirthDate"), "1990-01-01", "2000-01-01", "1990s")
            ),
            2,
            "There are 2 employees born from 1990 to 1999.",
        ),
        (
            Plan("Employees", (Measure("avg", AgeInYears(employee_column("BirthDate"), "2026-11-21")),)),
            Decimal("41.527"),
            "The average employee age is 41.53 years.",
        ),
        (
            Plan(
                "Employees",
                (Measure("avg", DaysBetween(employee_column("BirthDate"), employee_column("HireDate"))),),
            ),
            9000,
            "The average time from date of birth to hire date of employees is 9,000 days.",
        ),
        (
            Plan(
                "Employees",
                (employee_column("Name"),),
                (Comparison(ColumnRef("Departments", "DeptName"), "=", "Sales"),),
            ),
            "Ann",
            "There is 1 employee with department Sales: Ann.",
        ),
    ],
)  # fmt: skip
def test_a_schema_without_notes_reads_well_too(plan: Plan, value: Any, text: str) -> None:
    assert describe_result(plan, single_value(value), FIRM) == text


def test_two_ways_to_one_table_are_told_apart() -> None:
    home, away = (ColumnRef("teams", "name", via=f"{side}_team_id") for side in ("home", "away"))
    plan = count_plan("matches", Comparison(home, "=", "Lions"), Comparison(away, "<>", "Bears"))
    assert describe_result(plan, single_value(3), LEAGUE) == (
        "There are 3 matches with home team Lions and away team other than Bears."
    )


def test_columns_are_compared_in_words() -> None:
    home, away = ColumnRef("matches", "home_goals"), ColumnRef("matches", "away_goals")
    plan = count_plan("matches", Comparison(home, ">", away))
    assert describe_plan(plan, LEAGUE) == "number of matches with home goal above the away goal"
