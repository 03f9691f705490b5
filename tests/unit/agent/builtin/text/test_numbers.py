import pytest

from agent.builtin.text.numbers import parse_number
from schema_docs.text.tokenizer import tokenize


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("12", 12),
        ("1,000.5", 1000.5),
        ("twenty five", 25),
        ("3 million", 3_000_000),
        ("dozen", 12),
        ("-4", -4),
        ("two", 2),
        ("5k", 5000),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(said: str, value: float) -> None:
    number = parse_number(tokenize(said), 0)
    assert number is not None
    assert number.value == value


def test_a_percent_sign_is_kept_apart() -> None:
    number = parse_number(tokenize("5%"), 0)
    assert number is not None
    assert (number.value, number.percent) == (5, True)


def test_other_words_are_no_numbers() -> None:
    assert parse_number(tokenize("often"), 0) is None
