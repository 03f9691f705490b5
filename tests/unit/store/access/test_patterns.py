"""Name patterns."""

import pytest

from store.access.patterns import any_matches


@pytest.mark.parametrize(
    ("pattern", "name", "is_meant"),
    [
        ("public.orders", "public.orders", True),
        ("public.*", "public.orders", True),
        ("*.email", "public.orders.email", True),
        ("orders", "public.orders", False),
        ("public.orders", "public.orders2", False),
        ("public.o?ders", "public.orders", False),
        ("a[b]", "a[b]", True),
        ("*", "a\nb", True),
    ],
)
def test_a_star_stands_for_anything_and_nothing_else_is_special(
    pattern: str, name: str, is_meant: bool
) -> None:
    assert any_matches([pattern], [name], []) is is_meant


def test_tags_are_no_names() -> None:
    assert any_matches(["tag:pii"], ["orders"], ["pii"])
    assert not any_matches(["tag:orders"], ["orders"], ["pii"])
    assert not any_matches(["pii"], ["orders"], ["pii"])


def test_case_counts_where_it_is_asked_for() -> None:
    assert any_matches(["ORDERS"], ["orders"], [])
    assert not any_matches(["ORDERS"], ["orders"], [], exact=True)
