import pytest

from schema_docs.text.identifiers import (
    IdentifierSplitter,
    lemmatize,
    normalize,
    split_identifier,
    to_words,
    without_prefix,
)


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


def test_a_label_is_split_into_lemmas() -> None:
    assert lemmatize("Order Lines") == ("order", "line")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("custAddressID", ("customer", "address", "id")),
        ("Fname", ("first", "name")),
        ("LName", ("last", "name")),
        ("petid", ("pet", "id")),
        ("num_of_rooms", ("number", "of", "room")),
        ("order_lines", ("order", "line")),
        ("gname", ("g", "name")),
    ],
)
def test_names_are_taken_apart_into_the_words_of_people(name: str, words: tuple[str, ...]) -> None:
    assert IdentifierSplitter(["pet", "room", "lines"]).words(name) == words


def test_a_technical_first_word_is_left_out() -> None:
    assert IdentifierSplitter([]).table_words("ref_hotel_ratings") == ("hotel", "rating")


def test_the_words_of_the_table_say_nothing_new() -> None:
    assert without_prefix(("singer", "name"), ("singer",)) == ("name",)
    assert without_prefix(("singer",), ("singer",)) == ("singer",)


def test_case_and_accents_do_not_matter() -> None:
    assert normalize("ZÜRICH") == normalize("zurich")
