"""A look at the bare tokens, before anything as costly or as clever as a parser sees them."""

import re

from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from agent.guard.dialects import ENGINES
from agent.guard.parsing.token_fixes import add_brackets, join_numbers
from agent.guard.verdict import Refused
from store.catalog import Dialect

MOST_CHARACTERS = 20_000
MOST_TOKENS = 4_000
MOST_DEPTH = 40
# sqlglot tries each of these names both as a type and as a function: the time doubles with every level.
MOST_NESTED_TYPE_CALLS = 6
# The same happens for every join that still waits for its condition.
MOST_OPEN_JOINS = 8

# Line separators and zero-width signs are read as blanks by some lexers and as letters by others.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
# MySQL and MariaDB run what stands in such a comment.
_RUN_BY_MYSQL = re.compile(r"/\*M?!", re.IGNORECASE)
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_BEGINNINGS = {
    TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.FROM, TokenType.L_PAREN, TokenType.TABLE,
    TokenType.PIVOT, TokenType.UNPIVOT,
}  # fmt: skip
_JOIN_ENDS = {TokenType.ON, TokenType.USING}


def scan(sql: str, dialect: Dialect) -> list[Token]:
    """Cut a query into tokens. Raises `Refused` when it is too long, too deep or not text."""
    if len(sql) > MOST_CHARACTERS:
        raise Refused("tokens", "too_long", f"The query is longer than {MOST_CHARACTERS:,} characters.")
    if _CONTROL.search(sql):
        raise Refused("tokens", "control_character", "The query contains invisible control characters.")
    if dialect == "mysql" and _RUN_BY_MYSQL.search(sql):
        raise Refused("tokens", "executable_comment", "Comments that the database runs are not allowed.")
    tokens = _cut(sql, dialect)
    if len(tokens) > MOST_TOKENS:
        raise Refused("tokens", "too_long", f"The query has more than {MOST_TOKENS:,} words and signs.")
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        raise Refused("tokens", "several_statements", "Exactly one query is allowed.")
    if not tokens or tokens[0].token_type not in _BEGINNINGS:
        raise Refused("tokens", "not_a_query", "Only a query that reads is allowed.")
    _measure_depth(tokens)
    _count_open_joins(tokens)
    return tokens


def _cut(sql: str, dialect: Dialect) -> list[Token]:
    try:
        tokens = ENGINES[dialect].tokenize(sql)
    except SqlglotError as error:
        raise Refused("tokens", "unreadable", "A quote or a comment is not closed.") from error
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    return add_brackets(join_numbers(tokens, sql, dialect), dialect)


def _measure_depth(tokens: list[Token]) -> None:
    """Follow the brackets, remembering which of the open ones belong to a name of a type."""
    open_brackets: list[bool] = []
    for position, token in enumerate(tokens):
        if token.token_type in _OPENING:
            open_brackets.append(position > 0 and tokens[position - 1].token_type in Parser.TYPE_TOKENS)
            if len(open_brackets) > MOST_DEPTH:
                raise Refused("tokens", "too_deep", f"The query is more than {MOST_DEPTH} levels deep.")
            if sum(open_brackets) > MOST_NESTED_TYPE_CALLS:
                raise Refused("tokens", "too_deep", "The query nests too many conversions into each other.")
        elif token.token_type in _CLOSING and open_brackets:
            open_brackets.pop()


def _count_open_joins(tokens: list[Token]) -> None:
    waiting = 0
    for token in tokens:
        if token.token_type in (TokenType.JOIN, TokenType.STRAIGHT_JOIN):
            waiting += 1
        elif token.token_type in _JOIN_ENDS:
            waiting = max(0, waiting - 1)
        if waiting > MOST_OPEN_JOINS:
            raise Refused("tokens", "too_deep", f"More than {MOST_OPEN_JOINS} joins have no condition.")
