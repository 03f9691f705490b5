from uuid import UUID

import pytest

from schema_docs.values.ngrams import build_keys, build_probes, normalize_value

SHOP, OTHER = UUID(int=1), UUID(int=2)


def meet(question: str, value: str) -> bool:
    probes = build_probes(question, SHOP)
    stored = set(build_keys(value, SHOP))
    return normalize_value(value) in probes.plain or any(stored & set(keys) for keys in probes.keys)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("orders from berlin", "Berlin"),
        ("sales in MANHATTAN", "Manhattan"),
        ("sales in Manhatan", "Manhattan"),
        ("sales in Mannhattan", "Manhattan"),
        ("sales in Mahnattan", "Manhattan"),
        ("all laptops", "Laptop"),
        ("people of new york city", "New York"),
        ("new york people", "New York City"),
        ("zurich", "Zürich"),
        ("who is The Who", "The Who"),
        ("sales in the USA", "United States of America"),
        ("sales in the U.S.A.", "United States of America"),
        ("the Computer Information Systems department", "CIS"),
        ("Canadian airports", "Canada"),
        ("a Mortage loan", "Mortgages"),
    ],
)
def test_a_value_is_met_whatever_a_person_makes_of_it(question: str, value: str) -> None:
    assert meet(question, value)


@pytest.mark.parametrize(("question", "value"), [("orders from paris", "Berlin"), ("the cat", "car")])
def test_another_value_is_not(question: str, value: str) -> None:
    assert not meet(question, value)


def test_no_two_connections_share_a_key() -> None:
    assert not set(build_keys("New York", SHOP)) & set(build_keys("New York", OTHER))


def test_keys_fit_the_store() -> None:
    assert all(-(2**31) <= key < 2**31 for key in build_keys("a very long value of many words", SHOP))
