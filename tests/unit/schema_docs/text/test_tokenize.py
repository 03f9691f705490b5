import pytest

from schema_docs.text.tokenize import content_words, normalize, split_identifier, stem, to_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("order_items", ("order", "items")),
        ("custAddressID", ("cust", "address", "id")),
        ("HTTPServer2", ("http", "server", "2")),
        ("Größe", ("grosse",)),
        ("🦊 home town", ("home", "town")),
        ("", ()),
    ],
)
def test_a_name_comes_apart_at_its_seams(name: str, words: tuple[str, ...]) -> None:
    assert split_identifier(name) == words


def test_a_name_is_said_as_a_person_would() -> None:
    assert to_words("ORDER_ITEMS") == "order items"


def test_case_and_accents_do_not_matter() -> None:
    assert normalize("ZÜRICH") == normalize("zurich")


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("cities", "city"), ("boxes", "box"), ("orders", "order"), ("classes", "class"), ("movies", "movy")],
)
def test_plural_and_singular_meet(plural: str, singular: str) -> None:
    assert stem(plural) == singular


@pytest.mark.parametrize("word", ["status", "address", "analysis", "gas", "is"])
def test_a_word_that_only_looks_plural_is_left_alone(word: str) -> None:
    assert stem(word) == word


def test_a_question_is_left_with_what_it_is_about() -> None:
    assert content_words("How many orders were shipped to Berlin?") == ("orders", "shipped", "berlin")


def test_a_question_of_form_words_alone_keeps_them() -> None:
    assert content_words("How many are there?") == ("how", "many", "are", "there")
