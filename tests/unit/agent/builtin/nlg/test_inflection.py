from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agent.builtin.nlg.inflection import format_value, pluralize


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        (167.2030627659574468, "167.20"),
        (Decimal("1234.5"), "1,234.50"),
        (4.0, "4"),
        (0.0004, "0.0004"),
        (4000, "4,000"),
        (True, "yes"),
        (None, "nothing"),
        (float("nan"), "not a number"),
        (date(2026, 11, 9), "9 November 2026"),
        ("two\nlines", "two lines"),
        ("x" * 80, "x" * 59 + "…"),
    ],
)
def test_values_are_written_as_people_write_them(value: Any, spoken: str) -> None:
    assert format_value(value) == spoken


@pytest.mark.parametrize(
    ("noun", "many"),
    [
        ("category", "categories"), ("address", "addresses"), ("status", "statuses"), ("person", "people"),
        ("child", "children"), ("order line", "order lines"), ("date of birth", "dates of birth"),
        ("amount paid", "amounts paid"), ("SKU", "SKUs"), ("day", "days"), ("news", "news"),
        ("analysis", "analyses"), ("box", "boxes"), ("sales", "sales"), ("salesman", "salesmen"),
    ],
)  # fmt: skip
def test_plurals(noun: str, many: str) -> None:
    assert pluralize(noun) == many
