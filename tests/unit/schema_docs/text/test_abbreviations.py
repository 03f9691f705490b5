import pytest

from schema_docs.text.abbreviations import is_abbreviation


@pytest.mark.parametrize(
    ("short", "word"),
    [
        ("cust", "customer"),
        ("cstmr", "customer"),
        ("nbr", "number"),
        ("qty", "quantity"),
        ("amt", "amount"),
        ("dt", "date"),
        ("dept", "department"),
        ("addr", "address"),
        ("acct", "account"),
    ],
)
def test_a_shortened_word_is_known(short: str, word: str) -> None:
    assert is_abbreviation(short, word)


@pytest.mark.parametrize(
    ("short", "word"),
    [
        ("order", "orders"),
        ("c", "customer"),
        ("date", "data"),
        ("tsuc", "customer"),
        ("cusom", "customer"),
        ("custom", "customers"),
        ("xbr", "number"),
    ],
)
def test_another_word_is_not(short: str, word: str) -> None:
    assert not is_abbreviation(short, word)
