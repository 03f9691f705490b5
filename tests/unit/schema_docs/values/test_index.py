import random
import time

import pytest

from schema_docs.search.results import ValueMatch
from schema_docs.values.index import ValueIndex, match_values

STORED = [
    ("addresses", "city", "New York"),
    ("addresses", "city", "York"),
    ("addresses", "city", "Berlin"),
    ("addresses", "city", "Zürich"),
    ("addresses", "state", "IN"),
    ("products", "name", "Laptop Stand"),
    ("products", "name", "Garden Hose 25 m"),
    ("orders", "status", "shipped"),
    ("customers", "sex", "F"),
    ("songs", "title", "The Long and Winding Road that Never Ends at All"),
]


def matched(question: str) -> list[tuple[str, str]]:
    return [(result.phrase, result.value) for result in match_values(question, STORED)]


def test_a_value_is_found_whatever_its_case() -> None:
    assert match_values("customers from BERLIN", STORED) == (
        ValueMatch("addresses", "city", "Berlin", "BERLIN", 1.0),
    )


def test_the_longest_phrase_hides_those_inside_it() -> None:
    assert matched("who lives in new york city?") == [("new york", "New York")]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("orders that were shiped", "shipped"),
        ("customers from Berlinn", "Berlin"),
        ("people of zurich", "Zürich"),
        ("which laptop stands sell best", "Laptop Stand"),
        ("Berlin's customers", "Berlin"),
    ],
)
def test_slips_accents_and_plurals_are_forgiven(question: str, value: str) -> None:
    assert [result for _, result in matched(question)] == [value]


def test_a_part_of_a_longer_value_counts_less() -> None:
    (result,) = match_values("who bought a garden hose", STORED)
    assert result.value == "Garden Hose 25 m"
    assert result.score < 0.8


def test_small_words_are_values_only_when_written_as_stored() -> None:
    assert matched("how many customers are in total") == []
    assert matched("customers in IN") == [("IN", "IN")]
    assert matched("customers of sex F") == [("F", "F")]
    assert matched("customers of sex f") == []


def test_a_quoted_phrase_may_be_of_any_length() -> None:
    title = "The Long and Winding Road that Never Ends at All"
    assert matched(f'who wrote "{title}"?')[0] == (title, title)


def test_a_word_that_is_like_nothing_finds_nothing() -> None:
    assert matched("how many elephants weigh more than that") == []


def test_an_index_of_many_values_answers_quickly() -> None:
    dice = random.Random(7)
    syllables = ["ka", "lo", "mi", "ter", "ber", "lin", "ham", "burg", "ston", "field", "san", "fran", "par"]

    def word() -> str:
        return "".join(dice.choice(syllables) for _ in range(dice.randint(2, 4)))

    many = [("t", f"c{n % 9}", f"{word()} {word()}") for n in range(50_000)]
    index = ValueIndex([*many, *STORED])
    question = "How many customers from Berlinn ordered a laptop stand or a garden hose last month?"
    began = time.process_time()
    for _ in range(20):
        result = match_values(question, index)
    # Twenty looks at 2 ms each, with room for a slow machine.
    assert time.process_time() - began < 10
    assert {hit.value for hit in result} >= {"Berlin", "Laptop Stand", "Garden Hose 25 m"}


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("customers in the USA", "United States of America"),
        ("customers in the U.S.A.", "United States of America"),
        ("sales in NYC", "New York City"),
        ("sales in nyc", "New York City"),
        ("visitors to the UK", "United Kingdom"),
        ("Canadian cities", "Canada"),
        ("who took a Mortage loan", "Mortgages"),
        ("the Computer Information Systems department", "CIS"),
    ],
)
def test_initials_and_other_words_are_understood(question: str, value: str) -> None:
    places = ("United States of America", "New York City", "United Kingdom", "Canada", "Mortgages", "CIS")
    result = match_values(question, [("t", "c", place) for place in places])
    assert value in [hit.value for hit in result]


@pytest.mark.parametrize(
    "question", ["all of JS", "HOW MANY IN UK", "tell us", "names of all", "Danish or English"]
)
def test_initials_of_many_or_of_nobody_are_not(question: str) -> None:
    people = ("John Smith", "Jane Sims", "Jo Sun", "Jim Sax", "Ulm Kiel", "US", "DE", "Namer")
    index = ValueIndex([("t", "c", each) for each in people], names={"name"})
    assert match_values(question, index) == ()


def test_initials_hide_no_value_that_is_named() -> None:
    stored = [("t", "code", "CIS"), ("t", "name", "Computer")]
    result = match_values("the Computer Information Systems department", stored)
    assert {hit.value for hit in result} == {"CIS", "Computer"}
