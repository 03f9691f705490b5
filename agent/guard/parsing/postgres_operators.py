"""PostgreSQL operators that sqlglot cannot parse, or gives the wrong precedence, rewritten in the tokens.

The prefix operators `@`, `|/` and `||/` become calls of ABS, SQRT and CBRT. PostgreSQL applies them to a
whole sum or product (`|/ 25 + 11` is 6), sqlglot only to the first factor. The infix operators `<<=` and
`>>=` of network addresses become `OPERATOR(<<=)`, which the normalizer turns into calls of their functions.
"""

from collections.abc import Iterator

from sqlglot.tokenizer_core import Token, TokenType

# By the text of the token: `$` is of the same type as `@`.
_FUNCTIONS = {"@": "ABS", "|/": "SQRT", "||/": "CBRT"}
_PREFIX_TYPES = {TokenType.PARAMETER, TokenType.PIPE_SLASH, TokenType.DPIPE_SLASH}
_SUBNET_PAIRS = {(TokenType.LT, TokenType.LTE), (TokenType.GT, TokenType.GTE)}
# PostgreSQL reads adjacent operator characters as one operator.
_OPERATOR_CHARACTERS = frozenset("+-*/<>=~!@#%^&|`?")
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
# After these an operator is not a prefix.
_OPERAND_ENDS = _CLOSING | {TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING}
# Operators that bind tighter than prefix operators.
_ARITHMETIC = {
    TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.MOD, TokenType.CARET
}  # fmt: skip
_SIGNS = {TokenType.PLUS, TokenType.DASH}
# A value continues with these: a qualified name, a cast, the window of an aggregate.
_VALUE_LINKS = {TokenType.DOT, TokenType.DCOLON, TokenType.OVER, TokenType.FILTER}


def rewrite_operators(tokens: list[Token], sql: str) -> list[Token]:
    """Rewrite prefix operators as calls, and subnet operators as `OPERATOR(…)`."""
    tokens = [_as_keyword(token) if follows_at else token for token, follows_at in _after_at(tokens)]
    rewritten: list[Token] = []
    call_ends: list[int] = []
    for position, token in enumerate(tokens):
        while call_ends and call_ends[-1] == position:
            rewritten.append(_token(TokenType.R_PAREN, ")", token))
            call_ends.pop()
        if (end := _operand_end(tokens, position, sql)) is not None:
            rewritten += [
                _token(TokenType.VAR, _FUNCTIONS[token.text], token),
                _token(TokenType.L_PAREN, "(", token),
            ]
            call_ends.append(end)
        elif _is_subnet_pair(tokens, position):
            rewritten += [
                _token(TokenType.OPERATOR, "OPERATOR", token), _token(TokenType.L_PAREN, "(", token), token
            ]  # fmt: skip
        elif position and _is_subnet_pair(tokens, position - 1):
            rewritten += [token, _token(TokenType.R_PAREN, ")", token)]
        else:
            rewritten.append(token)
    return rewritten + [_token(TokenType.R_PAREN, ")", tokens[-1]) for _ in call_ends]


def _after_at(tokens: list[Token]) -> Iterator[tuple[Token, bool]]:
    """Yield the tokens, each with whether it follows an `@`."""
    previous: Token | None = None
    for token in tokens:
        yield token, previous is not None and previous.text == "@" and _is_prefix(previous)
        previous = token


def _as_keyword(token: Token) -> Token:
    """Restore the keyword CASE: sqlglot's tokenizer reads any word after `@` as the name of a variable."""
    is_case = token.token_type is TokenType.VAR and token.text.upper() == "CASE"
    return _token(TokenType.CASE, token.text, token) if is_case else token


def _is_prefix(token: Token) -> bool:
    return token.token_type in _PREFIX_TYPES and token.text in _FUNCTIONS


def _is_subnet_pair(tokens: list[Token], position: int) -> bool:
    if position + 1 >= len(tokens):
        return False
    first, second = tokens[position], tokens[position + 1]
    return (first.token_type, second.token_type) in _SUBNET_PAIRS and first.end + 1 == second.start


def _operand_end(tokens: list[Token], position: int, sql: str) -> int | None:
    """Return the position after the operand of a prefix operator; None if the token is not one."""
    token = tokens[position]
    if not _is_prefix(token) or sql[token.end + 1 : token.end + 2] in _OPERATOR_CHARACTERS:
        return None
    if token.start and sql[token.start - 1] in _OPERATOR_CHARACTERS:
        return None
    if position and tokens[position - 1].token_type in _OPERAND_ENDS:
        return None
    end = _sum_end(tokens, position + 1)
    return end if end > position + 1 else None


def _sum_end(tokens: list[Token], start: int) -> int:
    """Return the position after a sum of products, starting at its first value or sign."""
    position, needs_value = start, True
    while position < len(tokens):
        kind = tokens[position].token_type
        if needs_value and (kind in _SIGNS or _is_prefix(tokens[position])):
            position += 1
        elif needs_value:
            if kind in _CLOSING:
                break
            position, needs_value = _value_end(tokens, position), False
        elif kind in _ARITHMETIC:
            position, needs_value = position + 1, True
        else:
            break
    return position


def _value_end(tokens: list[Token], start: int) -> int:
    """Return the position after a value: a literal, a name, a call or brackets, with its casts."""
    is_literal = tokens[start].token_type in (TokenType.NUMBER, TokenType.STRING)
    position = _brackets_end(tokens, start) if tokens[start].token_type in _OPENING else start + 1
    while position < len(tokens):
        kind = tokens[position].token_type
        if kind in _OPENING and kind is not TokenType.CASE:
            position = _brackets_end(tokens, position)
        elif kind is TokenType.STRING and position == start + 1 and not is_literal:
            # A literal with its type, such as `interval '1 day'`.
            position += 1
        elif kind in _VALUE_LINKS:
            position += 1 if tokens[position].token_type in (TokenType.OVER, TokenType.FILTER) else 2
        else:
            break
    return min(position, len(tokens))


def _brackets_end(tokens: list[Token], start: int) -> int:
    depth = 0
    for position in range(start, len(tokens)):
        kind = tokens[position].token_type
        depth += (kind in _OPENING) - (kind in _CLOSING)
        if depth == 0:
            return position + 1
    return len(tokens)


def _token(kind: TokenType, text: str, neighbour: Token) -> Token:
    return Token(kind, text, neighbour.line, neighbour.col, neighbour.start, neighbour.end, [])
