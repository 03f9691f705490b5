import pytest

from schema_docs.text.tokenizer import (
    MAX_CHARACTERS,
    MAX_TOKENS,
    content_words,
    split_words,
    tokenize,
    truncate,
)


def test_a_question_is_left_with_what_it_is_about() -> None:
    assert content_words("How many orders were shipped to Berlin?") == ("orders", "shipped", "berlin")


def test_a_question_of_form_words_alone_keeps_them() -> None:
    assert content_words("How many are there?") == ("how", "many", "are", "there")


def test_names_with_an_apostrophe_stay_whole_and_possessives_lose_their_ending() -> None:
    assert split_words("Anna's friend O'Brien") == ("anna", "friend", "o'brien")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What's the singer's name?", ["what", "'s", "the", "singer", "'s", "name", "?"]),
        ("they don't have any", ["they", "do", "not", "have", "any"]),
        ('named "New York"', ["named", "new york"]),
        ("over 1,000.50 or $100", ["over", "1,000.50", "or", "$100"]),
        ("since 2025-03-01", ["since", "2025-03-01"]),
        ("full-time e-mails", ["full", "time", "emails"]),
        ("mail to zoe.walker@example.com", ["mail", "to", "zoe.walker@example.com"]),
        ("price >= 20", ["price", ">=", "20"]),
    ],
)
def test_a_question_is_taken_apart(question: str, words: list[str]) -> None:
    assert [token.plain for token in tokenize(question)] == words


def test_a_token_knows_its_place() -> None:
    (_, token) = tokenize("in Zürich")
    assert (token.text, token.plain, token.start, token.end) == ("Zürich", "zurich", 3, 9)


def test_a_long_question_is_cut_off_after_a_token() -> None:
    assert truncate("orders of 2025") == "orders of 2025"
    assert truncate("orders and " * 400) == ("orders and " * 400)[: 11 * MAX_TOKENS // 2 - 1]
    assert len(truncate("a" * 4_000)) == MAX_CHARACTERS
