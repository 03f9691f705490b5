import pytest

from agent.builtin.numbers import Number, read_number
from agent.builtin.tokens import tokenise


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("12", 12),
        ("1,000", 1000),
        ("12.50", 12.5),
        ("$1,250.75", 1250.75),
        ("10k", 10_000),
        ("-5", -5),
        ("twenty five", 25),
        ("nineteen", 19),
        ("three hundred", 300),
        ("3 million", 3_000_000),
        ("two hundred thousand", 200_000),
        ("1.5 million", 1_500_000),
        ("dozen", 12),
    ],
)
def test_digits_and_words_are_read_whole(said: str, value: float) -> None:
    tokens = tokenise(said)
    assert read_number(tokens, 0) == Number(0, len(tokens), value)


def test_a_number_ends_where_its_words_end() -> None:
    assert read_number(tokenise("over twenty orders"), 1) == Number(1, 2, 20)
    assert read_number(tokenise("twenty eleven"), 0) == Number(0, 1, 20)


def test_a_percent_sign_is_remembered() -> None:
    assert read_number(tokenise("15% off"), 0) == Number(0, 1, 15, percent=True)


@pytest.mark.parametrize("said", ["orders", "million", "'12'", ","])
def test_what_is_no_number_is_not_read(said: str) -> None:
    assert read_number(tokenise(said), 0) is None
