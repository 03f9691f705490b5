import pytest

from schema_docs.text.spelling import SpellingCorrector, common_lemmas, most_similar

KNOWN = SpellingCorrector(["customer", "address", "berlin", "school", "price", "case"], {"prince"})


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        ("adress", "address"),
        ("costumer", "customer"),
        ("Berlinn".lower(), "berlin"),
        ("cutsomer", "customer"),
    ],
)
def test_a_slip_or_two_is_mended(slip: str, word: str) -> None:
    assert KNOWN.nearest(slip) == word


@pytest.mark.parametrize("word", ["customers", "prince", "schooler", "tavern", "cast", "55555", "would"])
def test_what_is_spelt_right_or_unlike_is_left_alone(word: str) -> None:
    assert KNOWN.nearest(word) is None


def test_it_knows_words_and_no_slips() -> None:
    assert {"distinct", "spring", "customer", "computer"} <= common_lemmas()
    assert not {"costumer", "adress", "emplyee"} & common_lemmas()


def test_two_slips_are_mended_only_where_allowed() -> None:
    assert SpellingCorrector(["different"]).nearest("difrrent") == "different"
    assert SpellingCorrector(["different"], max_edits=1).nearest("difrrent") is None


def test_similar_names_are_suggested_best_first() -> None:
    assert most_similar("custmer", ["orders", "Customers", "customer"], 2, 60) == ["customer", "Customers"]
