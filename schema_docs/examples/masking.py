"""Masking: questions without their values, and queries without their names."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from schema_docs.text.identifiers import normalize
from schema_docs.text.lemmatizer import lemma
from store.catalog import Dialect

_QUOTED = re.compile(r"\"[^\"]+\"|“[^”]+”|(?<!\w)'[^']+'(?!\w)|‘[^’]+’")
_NUMBER = re.compile(r"\b\d[\d.,:/-]*\b")
_WORD = re.compile(r"[^\W_]+")
# Placeholders.
VALUE = "value"
NUMBER = "number"


def mask(question: str, phrases: Iterable[str]) -> str:
    """Replace every value in a question by a placeholder: quotations, the `phrases`, numbers and dates."""
    masked = _QUOTED.sub(f" {VALUE} ", question)
    for phrase in sorted({phrase for phrase in phrases if phrase.strip()}, key=len, reverse=True):
        # `dogs` matches the value `dog`.
        pattern = rf"(?<!\w){re.escape(phrase)}(?:e?s)?(?!\w)"
        masked = re.sub(pattern, f" {VALUE} ", masked, flags=re.IGNORECASE)
    return " ".join(_NUMBER.sub(f" {NUMBER} ", masked).split())


def question_lemmas(masked: str) -> frozenset[str]:
    """Return the word lemmas of a masked question; function words are kept, as they carry its form."""
    return frozenset(lemma(normalize(word)) for word in _WORD.findall(masked))


def string_literals(sql: str, dialect: Dialect) -> tuple[str, ...]:
    """Return the string literals of a query; nothing if it cannot be parsed."""
    tree = parse_sql(sql, dialect)
    literals = tree.find_all(exp.Literal) if tree else ()
    return tuple(literal.this.strip("%") for literal in literals if literal.is_string)


def parse_sql(sql: str, dialect: Dialect) -> exp.Expr | None:
    """Parse a query; None if it cannot be parsed."""
    try:
        return sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return None


@lru_cache(maxsize=10_000)
def extract_skeleton(sql: str, dialect: Dialect) -> frozenset[tuple[str, str]]:
    """Return the token bigrams of a query, with `_` for every name and value."""
    try:
        tokens = sqlglot.tokenize(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return frozenset()
    masked_types = {TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER}
    words = ["_" if token.token_type in masked_types else token.text.upper() for token in tokens]
    kept_words = [
        word
        for position, word in enumerate(words)
        if word != "." and not (word == "_" and words[position - 1] == ".")
    ]
    return frozenset(pairwise(["^", *kept_words, "$"]))


def jaccard(first: frozenset[tuple[str, str]], second: frozenset[tuple[str, str]]) -> float:
    """Return the Jaccard index of two skeletons, from 0 to 1."""
    return len(first & second) / len(first | second) if first and second else 0.0
