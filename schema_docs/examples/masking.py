"""The form of a question without its values, and of a query without its names."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from schema_docs.text.tokenize import plain, stem
from store.catalog import Dialect

_QUOTED = re.compile(r"\"[^\"]+\"|“[^”]+”|(?<!\w)'[^']+'(?!\w)|‘[^’]+’")
_NUMBER = re.compile(r"\b\d[\d.,:/-]*\b")
_WORD = re.compile(r"[^\W_]+")
# What stands for a value.
VALUE = "value"
NUMBER = "number"


def mask(question: str, named: Iterable[str]) -> str:
    """Put a word for every value: what is quoted, what the question `named`, and every number and date."""
    masked = _QUOTED.sub(f" {VALUE} ", question)
    for words in sorted({each for each in named if each.strip()}, key=len, reverse=True):
        # `dogs` names the value `dog`.
        spelt = rf"(?<!\w){re.escape(words)}(?:e?s)?(?!\w)"
        masked = re.sub(spelt, f" {VALUE} ", masked, flags=re.IGNORECASE)
    return " ".join(_NUMBER.sub(f" {NUMBER} ", masked).split())


def words_in(masked: str) -> frozenset[str]:
    """Give the words of a masked question, small ones too: they carry its form."""
    return frozenset(stem(plain(word)) for word in _WORD.findall(masked))


def texts_in(sql: str, dialect: Dialect) -> tuple[str, ...]:
    """Give the texts that a query compares with; nothing of one that cannot be read."""
    tree = tree_of(sql, dialect)
    found = tree.find_all(exp.Literal) if tree else ()
    return tuple(literal.this.strip("%") for literal in found if literal.is_string)


def tree_of(sql: str, dialect: Dialect) -> exp.Expr | None:
    """Parse a query; None where it cannot be read."""
    try:
        return sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return None


@lru_cache(maxsize=10_000)
def skeleton_of(sql: str, dialect: Dialect) -> frozenset[tuple[str, str]]:
    """Give the pairs of neighbouring words of a query, with `_` for every name and value."""
    try:
        tokens = sqlglot.tokenize(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return frozenset()
    named = {TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER}
    words = ["_" if token.token_type in named else token.text.upper() for token in tokens]
    kept = [
        word for at, word in enumerate(words) if word != "." and not (word == "_" and words[at - 1] == ".")
    ]
    return frozenset(pairwise(["^", *kept, "$"]))


def likeness(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> float:
    """Say how much two skeletons share, from 0 to 1 (Jaccard)."""
    return len(one & other) / len(one | other) if one and other else 0.0
