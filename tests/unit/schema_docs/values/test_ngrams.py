from uuid import UUID

import pytest

from schema_docs.values.ngrams import keys_of, plain_of, probes_of

SHOP, OTHER = UUID(int=1), UUID(int=2)


def meet(question: str, value: str) -> bool:
    probes = probes_of(question, SHOP)
    kept = set(keys_of(value, SHOP))
    return plain_of(value) in probes.plain or any(kept & set(keys) for keys in probes.keys)


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
    assert not set(keys_of("New York", SHOP)) & set(keys_of("New York", OTHER))


def test_keys_fit_the_store() -> None:
    assert all(-(2**31) <= key < 2**31 for key in keys_of("a very long value of many words", SHOP))
