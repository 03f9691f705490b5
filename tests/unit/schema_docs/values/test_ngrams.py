from uuid import UUID

import pytest

from schema_docs.values.ngrams import (
    abbreviate_name,
    build_keys,
    build_probes,
    find_acronyms,
    make_acronyms,
    normalize_value,
    parse_acronym,
)

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


@pytest.mark.parametrize(
    ("words", "letters"),
    [
        ("new york city", ("nyc",)),
        ("united states of america", ("usa", "usoa")),
        ("berlin", ()),
        ("route 66", ()),
        ("one value with far more words than anybody shortens", ()),
    ],
)
def test_a_few_words_have_initials(words: str, letters: tuple[str, ...]) -> None:
    assert make_acronyms(words.split()) == letters


@pytest.mark.parametrize(
    ("phrase", "letters"),
    [
        ("USA", "usa"),
        ("U.S.A.", "usa"),
        ("UK", "uk"),
        ("nyc", "nyc"),
        ("usa", None),
        ("Uk", None),
        ("A4", None),
    ],
)
def test_initials_are_written_in_capitals_or_cannot_be_spoken(phrase: str, letters: str | None) -> None:
    assert parse_acronym(phrase) == letters


def test_a_question_in_capitals_has_no_initials() -> None:
    assert find_acronyms("sales in the U.S.A. and the UK") == {"usa", "uk"}
    assert find_acronyms("SALES IN THE UK") == set()


def test_only_names_of_three_words_are_shortened() -> None:
    assert [*abbreviate_name("United States of America")] == ["usa", "usoa"]
    for other in ("United Kingdom", "Asia and Europe or Africa", "of the United States", "my three words"):
        assert [*abbreviate_name(other)] == [], other
