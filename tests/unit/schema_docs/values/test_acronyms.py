import pytest

from schema_docs.values.acronyms import initials_in, initials_of, letters_in, spelt_out


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
    assert initials_of(words.split()) == letters


@pytest.mark.parametrize(
    ("said", "letters"),
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
def test_initials_are_written_in_capitals_or_cannot_be_spoken(said: str, letters: str | None) -> None:
    assert letters_in(said) == letters


def test_a_question_in_capitals_has_no_initials() -> None:
    assert initials_in("sales in the U.S.A. and the UK") == {"usa", "uk"}
    assert initials_in("SALES IN THE UK") == set()


def test_only_names_of_three_words_are_shortened() -> None:
    assert [*spelt_out("United States of America")] == ["usa", "usoa"]
    for other in ("United Kingdom", "Asia and Europe or Africa", "of the United States", "my three words"):
        assert [*spelt_out(other)] == [], other
