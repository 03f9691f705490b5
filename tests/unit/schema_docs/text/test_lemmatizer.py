import pytest

from schema_docs.text.lemmatizer import lemma, root


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("cities", "city"),
        ("boxes", "box"),
        ("orders", "order"),
        ("classes", "class"),
        ("movies", "movie"),
        ("children", "child"),
    ],
)
def test_plural_and_singular_meet(plural: str, singular: str) -> None:
    assert lemma(plural) == singular


@pytest.mark.parametrize("word", ["status", "address", "analysis", "gas", "this"])
def test_a_word_that_only_looks_plural_is_left_alone(word: str) -> None:
    assert lemma(word) == word


@pytest.mark.parametrize("word", ["ship", "ships", "shipped", "shipping"])
def test_forms_of_a_verb_have_one_root(word: str) -> None:
    assert root(word) == "ship"
