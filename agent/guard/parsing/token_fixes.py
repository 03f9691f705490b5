"""Brackets that sqlglot needs where the engines need none."""

import re

from sqlglot.tokenizer_core import Token, TokenType

from agent.guard.verdict import Refused
from store.catalog import Dialect

_OPEN = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSE = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_AFTER_A_LIMIT = {
    TokenType.OFFSET, TokenType.COMMA, TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.FOR
}  # fmt: skip
_AFTER_A_PIVOT = {TokenType.ORDER_BY, TokenType.LIMIT}


def add_brackets(tokens: list[Token], dialect: Dialect) -> list[Token]:
    """Put what is counted after LIMIT, and a PIVOT that is sorted, in brackets; the meaning stays."""
    if dialect == "duckdb":
        return _around_a_pivot(tokens)
    # MySQL takes nothing but a number there.
    return tokens if dialect == "mysql" else _around_limits(tokens)


def _around_limits(tokens: list[Token]) -> list[Token]:
    """`LIMIT 2 - (SELECT …) % 2`: there the lexer's `%` is taken for a percentage."""
    bracketed: list[Token] = []
    closings: list[int] = []
    for place, token in enumerate(tokens):
        if closings and closings[-1] == place:
            bracketed.append(_sign(TokenType.R_PAREN, ")", token))
            closings.pop()
        bracketed.append(token)
        if token.token_type is TokenType.LIMIT:
            end = _end(tokens, place + 1, _AFTER_A_LIMIT)
            # Inside of brackets that are there already, it does no harm.
            if _end(tokens, place + 1, {TokenType.MOD}) < end:
                bracketed.append(_sign(TokenType.L_PAREN, "(", token))
                closings.append(end)
    return bracketed + [_sign(TokenType.R_PAREN, ")", tokens[-1]) for _ in closings]


def _around_a_pivot(tokens: list[Token]) -> list[Token]:
    """`PIVOT … ORDER BY …` as `FROM (PIVOT …) ORDER BY …`."""
    if not tokens or tokens[0].token_type is not TokenType.PIVOT:
        return tokens
    end = _end(tokens, 0, _AFTER_A_PIVOT)
    if end == len(tokens):
        return tokens
    first, last = tokens[0], tokens[end]
    before = [_sign(TokenType.FROM, "FROM", first), _sign(TokenType.L_PAREN, "(", first)]
    return [*before, *tokens[:end], _sign(TokenType.R_PAREN, ")", last), *tokens[end:]]


def _end(tokens: list[Token], start: int, ends: set[TokenType]) -> int:
    """Where, outside of brackets, one of these comes, or the bracket around all closes."""
    depth = 0
    for place in range(start, len(tokens)):
        kind = tokens[place].token_type
        if depth == 0 and (kind in ends or kind in _CLOSE):
            return place
        depth += (kind in _OPEN) - (kind in _CLOSE)
    return len(tokens)


def _sign(kind: TokenType, text: str, beside: Token) -> Token:
    return Token(kind, text, beside.line, beside.col, beside.start, beside.start, [])


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
