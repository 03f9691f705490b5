import pytest

from agent.builtin.text.tokenizer import tokenise


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
    assert [token.plain for token in tokenise(question)] == words


def test_a_token_knows_its_place() -> None:
    (_, token) = tokenise("in Zürich")
    assert (token.text, token.plain, token.start, token.end) == ("Zürich", "zurich", 3, 9)
