"""Tokenizer with limits: rejects what is too long, too deep or not plain text before the parser sees it."""

import re

from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from agent.guard.dialects import ENGINES
from agent.guard.parsing.postgres_operators import rewrite_operators
from agent.guard.parsing.token_fixes import add_parentheses, rejoin_numbers
from agent.guard.verdict import RuleViolation
from store.catalog import Dialect

MAX_CHARACTERS = 20_000
MAX_TOKENS = 4_000
MAX_DEPTH = 40
# sqlglot tries each type name both as a type and as a function: the time doubles with every level.
MAX_NESTED_TYPE_CALLS = 6
# The same happens for every join that still waits for its condition.
MAX_OPEN_JOINS = 8

# Some lexers read line separators and zero-width characters as blanks, others as letters.
_CONTROL_CHARACTERS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
# MySQL and MariaDB execute the content of such a comment.
_EXECUTABLE_COMMENT = re.compile(r"/\*M?!", re.IGNORECASE)
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_QUERY_STARTS = {
    TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.FROM, TokenType.L_PAREN, TokenType.TABLE,
    TokenType.PIVOT, TokenType.UNPIVOT,
}  # fmt: skip
_JOIN_CONDITIONS = {TokenType.ON, TokenType.USING}


def tokenize_query(sql: str, dialect: Dialect) -> list[Token]:
    """Tokenize one query. Raises `RuleViolation` if it is too long, too deep or not plain text."""
    if len(sql) > MAX_CHARACTERS:
        raise _violation("too_long", f"The query is longer than {MAX_CHARACTERS:,} characters.")
    if _CONTROL_CHARACTERS.search(sql):
        raise _violation("control_character", "The query contains invisible control characters.")
    if dialect == "mysql" and _EXECUTABLE_COMMENT.search(sql):
        raise _violation("executable_comment", "Comments that the database executes are not allowed.")
    tokens = _tokenize(sql, dialect)
    if len(tokens) > MAX_TOKENS:
        raise _violation("too_long", f"The query has more than {MAX_TOKENS:,} words and symbols.")
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        raise _violation("several_statements", "Exactly one query is allowed.")
    if not tokens or tokens[0].token_type not in _QUERY_STARTS:
        raise _violation("not_a_query", "Only SELECT queries are allowed.")
    _check_depth(tokens)
    _check_open_joins(tokens)
    return tokens


def _tokenize(sql: str, dialect: Dialect) -> list[Token]:
    try:
        tokens = ENGINES[dialect].tokenize(sql)
    except SqlglotError as error:
        raise _violation("unreadable", "A quote or a comment is not closed.") from error
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    return fix_tokens(tokens, sql, dialect)


def fix_tokens(tokens: list[Token], sql: str, dialect: Dialect) -> list[Token]:
    """Rewrite what sqlglot's parser would misread. Raises `RuleViolation` for a malformed number."""
    fixed = add_parentheses(rejoin_numbers(tokens, sql, dialect), dialect)
    return rewrite_operators(fixed, sql) if dialect == "postgres" else fixed


def _check_depth(tokens: list[Token]) -> None:
    """Limit the depth of brackets, and more strictly that of brackets that follow a type name."""
    open_brackets: list[bool] = []
    for position, token in enumerate(tokens):
        if token.token_type in _OPENING:
            open_brackets.append(position > 0 and tokens[position - 1].token_type in Parser.TYPE_TOKENS)
            if len(open_brackets) > MAX_DEPTH:
                raise _violation("too_deep", f"The query is nested more than {MAX_DEPTH} levels deep.")
            if sum(open_brackets) > MAX_NESTED_TYPE_CALLS:
                raise _violation("too_deep", "The query nests too many type conversions.")
        elif token.token_type in _CLOSING and open_brackets:
            open_brackets.pop()


def _check_open_joins(tokens: list[Token]) -> None:
    open_joins = 0
    for token in tokens:
        if token.token_type in (TokenType.JOIN, TokenType.STRAIGHT_JOIN):
            open_joins += 1
        elif token.token_type in _JOIN_CONDITIONS:
            open_joins = max(0, open_joins - 1)
        if open_joins > MAX_OPEN_JOINS:
            raise _violation("too_deep", f"More than {MAX_OPEN_JOINS} joins have no condition.")


def _violation(kind: str, reason: str) -> RuleViolation:
    return RuleViolation("tokens", kind, reason)
