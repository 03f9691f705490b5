from datetime import date
from decimal import Decimal

import pytest

from store.catalog import Column
from store.targets.profiling import MAX_VALUE_LENGTH, detect_pattern, profile_columns
from store.targets.target import ColumnProfile


def profile(*values: object, max_values: int = 3) -> ColumnProfile:
    (only,) = profile_columns([Column("c", "any", "other")], [(value,) for value in values], max_values)
    return only


def test_the_most_frequent_values_come_first() -> None:
    assert profile("b", "a", "b", "c", "c", "b").values == ("b", "c", "a")


def test_an_empty_table_has_a_profile_without_values() -> None:
    assert profile() == ColumnProfile("c", null_share=0.0, distinct_count=0)


def test_values_that_cannot_be_compared_have_no_range() -> None:
    mixed = profile(1, "one", None)
    assert (mixed.smallest, mixed.largest) == (None, None)
    assert mixed.distinct_count == 2


def test_prose_is_not_kept_as_a_value() -> None:
    prose = profile("x" * (MAX_VALUE_LENGTH + 1))
    assert prose.values == ()
    assert prose.smallest is None
    assert prose.distinct_count == 1


def test_ranges_keep_their_types() -> None:
    assert profile(Decimal("1.50"), Decimal("0.5")).smallest == Decimal("0.5")
    assert profile(date(2024, 1, 2), date(2023, 1, 1)).largest == date(2024, 1, 2)


def test_json_and_bytes_have_values_but_no_range() -> None:
    assert profile({"a": 1}).smallest is None
    assert profile(b"a").largest is None


def test_values_seen_once_are_counted() -> None:
    column = profile("a", "b", "b", None)
    assert (column.distinct_count, column.non_null_count, column.singleton_count) == (2, 3, 1)


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        ("a@b.de c.d@e.org x@y.com z@z.net q@r.io", "E-mail addresses"),
        ("https://a.de http://b.org/x www.c.com https://d.io https://e.io/?q=1", "URLs"),
        ("DE FR US GB IT", "ISO codes of countries"),
        ("DEU FRA USA GBR ITA", "ISO codes of countries"),
        ("AL AK AZ NY TX WY", None),
        ("A-100 B-200 C-300 D-400 E-500", "Codes with letters and digits"),
        ("2024-01-01 2024-01-02 2024-01-03 2024-01-04 2024-01-05", "Dates as text"),
        ("red green blue black white", None),
        ("a@b.de c@d.de", None),
        ("1 2 3 4 5 6", None),
    ],
)
def test_what_texts_look_like_is_named(texts: str, pattern: str | None) -> None:
    assert detect_pattern(dict.fromkeys(texts.split(), 1)) == pattern
