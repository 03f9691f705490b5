"""Numbers that sqlglot's lexers cut in two: `1_000` would come out as a 1 with an alias."""

import re

from sqlglot.tokenizer_core import Token, TokenType

from agent.guard.refused import Refused
from store.catalog import Dialect

_SUSPECT = re.compile(r"\b\d\w*[A-Za-z_]")
_GROUPED = re.compile(r"\d+(_\d+)+")
_BASED = re.compile(r"0[xXoObB](_?[0-9a-fA-F]+)+")
# In MySQL `0x1F` is a string, and DuckDB reads it as a 0 called x1F.
_CUT = {TokenType.NUMBER, TokenType.HEX_STRING, TokenType.BIT_STRING}


def join_numbers(tokens: list[Token], sql: str, dialect: Dialect) -> list[Token]:
    """Put numbers together again. Raises `Refused` for a number that runs into a word."""
    if not _SUSPECT.search(sql):
        return tokens
    joined: list[Token] = []
    for token in tokens:
        before = joined[-1] if joined else None
        runs_on = before is not None and before.end + 1 == token.start and token.token_type is TokenType.VAR
        if runs_on and before is not None and before.token_type is TokenType.NUMBER:
            joined[-1] = _number(sql, before, token, dialect)
        elif _is_based(token, sql, dialect):
            joined.append(_number(sql, token, token, dialect))
        else:
            joined.append(token)
    return joined


def _is_based(token: Token, sql: str, dialect: Dialect) -> bool:
    if dialect != "postgres" or token.token_type not in _CUT:
        return False
    return bool(_BASED.fullmatch(sql[token.start : token.end + 1]))


def _number(sql: str, first: Token, last: Token, dialect: Dialect) -> Token:
    written = sql[first.start : last.end + 1]
    if _GROUPED.fullmatch(written):
        text = written.replace("_", "")
    elif dialect == "postgres" and _BASED.fullmatch(written):
        text = _in_tens(written)
    else:
        raise Refused("tokens", "number", "A number runs into a word.")
    return Token(TokenType.NUMBER, text, first.line, first.col, first.start, last.end, last.comments)


def _in_tens(written: str) -> str:
    try:
        return str(int(written, 0))
    except ValueError as error:
        raise Refused("tokens", "number", "A number runs into a word.") from error
