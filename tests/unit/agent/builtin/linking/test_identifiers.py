import pytest

from agent.builtin.linking.identifiers import IdentifierSplitter, without_prefix


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
