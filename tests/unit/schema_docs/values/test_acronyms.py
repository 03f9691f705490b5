import pytest

from schema_docs.values.acronyms import abbreviate_name, find_acronyms, make_acronyms, parse_acronym


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
