"""Token fixes: adds parentheses sqlglot needs, and rejoins numbers its tokenizer splits."""

import re

from sqlglot.tokenizer_core import Token, TokenType

from agent.guard.verdict import RuleViolation
from store.catalog import Dialect

_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_LIMIT_ENDS = {
    TokenType.OFFSET, TokenType.COMMA, TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.FOR
}  # fmt: skip
_PIVOT_ENDS = {TokenType.ORDER_BY, TokenType.LIMIT}

_MIXED_NUMBER = re.compile(r"\b\d\w*[A-Za-z_]")
_GROUPED_NUMBER = re.compile(r"\d+(_\d+)+")
_PREFIXED_NUMBER = re.compile(r"0[xXoObB](_?[0-9a-fA-F]+)+")
# In MySQL `0x1F` is a string, and DuckDB reads it as a 0 with the alias x1F.
_SPLIT_NUMBERS = {TokenType.NUMBER, TokenType.HEX_STRING, TokenType.BIT_STRING}


def add_parentheses(tokens: list[Token], dialect: Dialect) -> list[Token]:
    """Put a computed LIMIT, and a PIVOT that is sorted, in parentheses; the meaning stays the same."""
    if dialect == "duckdb":
        return _around_pivot(tokens)
    # MySQL accepts only a number after LIMIT.
    return tokens if dialect == "mysql" else _around_limits(tokens)


def rejoin_numbers(tokens: list[Token], sql: str, dialect: Dialect) -> list[Token]:
    """Rejoin numbers that were split. Raises `RuleViolation` for a number that runs into a word."""
    if not _MIXED_NUMBER.search(sql):
        return tokens
    joined: list[Token] = []
    for token in tokens:
        previous = joined[-1] if joined else None
        adjacent = (
            previous is not None and previous.end + 1 == token.start and token.token_type is TokenType.VAR
        )
        if adjacent and previous is not None and previous.token_type is TokenType.NUMBER:
            joined[-1] = _number(sql, previous, token, dialect)
        elif _is_prefixed(token, sql, dialect):
            joined.append(_number(sql, token, token, dialect))
        else:
            joined.append(token)
    return joined


def _around_limits(tokens: list[Token]) -> list[Token]:
    """`LIMIT 2 - (SELECT …) % 2`, where sqlglot takes the `%` for a percentage."""
    fixed: list[Token] = []
    closing_positions: list[int] = []
    for position, token in enumerate(tokens):
        if closing_positions and closing_positions[-1] == position:
            fixed.append(_symbol(TokenType.R_PAREN, ")", token))
            closing_positions.pop()
        fixed.append(token)
        if token.token_type is TokenType.LIMIT:
            end = _find_end(tokens, position + 1, _LIMIT_ENDS)
            # Inside of existing parentheses another pair does no harm.
            if _find_end(tokens, position + 1, {TokenType.MOD}) < end:
                fixed.append(_symbol(TokenType.L_PAREN, "(", token))
                closing_positions.append(end)
    return fixed + [_symbol(TokenType.R_PAREN, ")", tokens[-1]) for _ in closing_positions]


def _around_pivot(tokens: list[Token]) -> list[Token]:
    """`PIVOT … ORDER BY …` as `FROM (PIVOT …) ORDER BY …`."""
    if not tokens or tokens[0].token_type is not TokenType.PIVOT:
        return tokens
    end = _find_end(tokens, 0, _PIVOT_ENDS)
    if end == len(tokens):
        return tokens
    first, last = tokens[0], tokens[end]
    start = [_symbol(TokenType.FROM, "FROM", first), _symbol(TokenType.L_PAREN, "(", first)]
    return [*start, *tokens[:end], _symbol(TokenType.R_PAREN, ")", last), *tokens[end:]]


def _find_end(tokens: list[Token], start: int, ends: set[TokenType]) -> int:
    """Find the first of `ends` outside of brackets, or the bracket that closes around the start."""
    depth = 0
    for position in range(start, len(tokens)):
        kind = tokens[position].token_type
        if depth == 0 and (kind in ends or kind in _CLOSING):
            return position
        depth += (kind in _OPENING) - (kind in _CLOSING)
    return len(tokens)


def _symbol(kind: TokenType, text: str, neighbour: Token) -> Token:
    return Token(kind, text, neighbour.line, neighbour.col, neighbour.start, neighbour.start, [])


def _is_prefixed(token: Token, sql: str, dialect: Dialect) -> bool:
    if dialect != "postgres" or token.token_type not in _SPLIT_NUMBERS:
        return False
    return bool(_PREFIXED_NUMBER.fullmatch(sql[token.start : token.end + 1]))


def _number(sql: str, first: Token, last: Token, dialect: Dialect) -> Token:
    literal = sql[first.start : last.end + 1]
    if _GROUPED_NUMBER.fullmatch(literal):
        text = literal.replace("_", "")
    elif dialect == "postgres" and _PREFIXED_NUMBER.fullmatch(literal):
        text = _to_decimal(literal)
    else:
        raise _run_together()
    return Token(TokenType.NUMBER, text, first.line, first.col, first.start, last.end, last.comments)


def _to_decimal(literal: str) -> str:
    try:
        return str(int(literal, 0))
    except ValueError as error:
        raise _run_together() from error


def _run_together() -> RuleViolation:
    return RuleViolation("tokens", "number", "A number and a word are not separated.")
