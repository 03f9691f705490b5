import pytest

from agent.builtin.text.coordination import drop_parentheses, expand_shared_nouns, split_negative_prefixes
from schema_docs.text.tokenizer import tokenize

NAMES = {("first", "name"), ("last", "name"), ("start", "date"), ("end", "date")}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("first and last names", "first names and last names"),
        ("start and end date of it", "start date and end date of it"),
        ("name and date", "name and date"),
    ],
)
def test_a_shared_noun_is_given_to_each(said: str, meant: str) -> None:
    spread_out = expand_shared_nouns(tokenize(said), lambda words: tuple(words) in NAMES)
    assert " ".join(token.text for token in spread_out) == meant


def test_asides_are_left_out_unless_they_quote() -> None:
    kept = drop_parentheses(tokenize('the full name (first and last) of all (gender "F")'))
    assert " ".join(token.plain for token in kept) == "the full name of all ( gender f )"


def test_opposites_are_negations() -> None:
    known = {("active",)}
    apart = split_negative_prefixes(tokenize("inactive until united"), lambda words: tuple(words) in known)
    assert [token.plain for token in apart] == ["not", "active", "until", "united"]
