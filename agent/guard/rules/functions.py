"""Function allow-list: rejects calls of functions that are not listed for the dialect."""

from functools import lru_cache

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from agent.guard.names.suggestions import suggest_functions
from agent.guard.rules.lists import read_list
from agent.guard.verdict import RuleViolation
from store.catalog import Catalog, Dialect, Functions

# Volatile, yet harmless: it only returns a number.
_ALLOWED_ALTHOUGH_VOLATILE = frozenset({"random"})
# DuckDB calls that take the name of an aggregate function as a text.
_CALLS_BY_NAME = frozenset({"list_aggregate", "list_aggr", "array_aggregate", "array_aggr", "aggregate"})
_QUERY_STARTS = {
    TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.L_PAREN, TokenType.FROM, TokenType.PIVOT
}  # fmt: skip


def allowed_functions(catalog: Catalog) -> frozenset[str]:
    """Return the reviewed list, adjusted by the volatility that the target reports for its functions."""
    return _allowed(catalog.dialect, catalog.functions)


@lru_cache(maxsize=32)
def _allowed(dialect: Dialect, reported: Functions | None) -> frozenset[str]:
    reviewed = read_list(f"functions_{dialect}")
    if reported is None:
        return reviewed
    immutable = reported.immutable - read_list(f"excluded_{dialect}")
    return (reviewed | immutable) - (reported.volatile - _ALLOWED_ALTHOUGH_VOLATILE)


def check_unknown_calls(tree: exp.Expr, catalog: Catalog) -> None:
    """Reject calls that sqlglot has no class for, unless they are listed. Raises `RuleViolation`.

    Tokens alone would let `system(…)` pass as the SYSTEM of a TABLESAMPLE.
    """
    allowed = allowed_functions(catalog)
    for call in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc):
        if call.name.lower() not in allowed:
            raise _violation(call.name.lower(), allowed)
        if call.name.lower() in _CALLS_BY_NAME and catalog.dialect == "duckdb":
            _check_call_by_name(call.expressions, allowed)


def _check_call_by_name(arguments: list[exp.Expr], allowed: frozenset[str]) -> None:
    name = arguments[1] if len(arguments) > 1 else None
    if not isinstance(name, exp.Literal) or name.name.lower() not in allowed:
        raise _violation(name.name.lower() if isinstance(name, exp.Literal) else "without a name", allowed)


def check_calls(tokens: list[Token], catalog: Catalog) -> None:
    """Reject printed SQL that calls a function that is not listed. Raises `RuleViolation`."""
    allowed = allowed_functions(catalog)
    for position in range(1, len(tokens)):
        if tokens[position].token_type is TokenType.L_PAREN:
            name = _called_name(tokens, position)
            if name is not None and name not in allowed:
                raise _violation(name, allowed)


def _violation(name: str, allowed: frozenset[str]) -> RuleViolation:
    reason = f"The function {name} is not allowed."
    return RuleViolation("functions", "function", reason, suggest_functions(name, allowed))


def _called_name(tokens: list[Token], bracket: int) -> str | None:
    """Return the function name before an opening bracket, or None if the bracket is not a call."""
    previous = tokens[bracket - 1]
    quoted = previous.token_type is TokenType.IDENTIFIER
    words = previous.text.lower().split()
    if not words or not (quoted or words[-1].replace("_", "a").isalnum()) or _is_literal(previous):
        return None
    if not quoted and words[-1] in read_list("not_functions"):
        return None
    if bracket >= 2 and (tokens[bracket - 2].token_type is TokenType.ALIAS or _is_cte_name(tokens, bracket)):
        return None
    return words[-1]


def _is_literal(token: Token) -> bool:
    return token.token_type in (TokenType.STRING, TokenType.NUMBER)


def _is_cte_name(tokens: list[Token], bracket: int) -> bool:
    """Recognise `WITH name(a, b) AS (SELECT …`, also after a comma."""
    if tokens[bracket - 2].token_type not in (TokenType.WITH, TokenType.RECURSIVE, TokenType.COMMA):
        return False
    closing = _closing_bracket(tokens, bracket)
    following = [
        token
        for token in tokens[closing + 1 : closing + 6]
        if token.text.upper() not in ("NOT", "MATERIALIZED")
    ]
    return (
        len(following) >= 3
        and following[0].token_type is TokenType.ALIAS
        and following[1].token_type is TokenType.L_PAREN
        and following[2].token_type in _QUERY_STARTS
    )


def _closing_bracket(tokens: list[Token], bracket: int) -> int:
    depth = 0
    for position in range(bracket, len(tokens)):
        if tokens[position].token_type is TokenType.L_PAREN:
            depth += 1
        elif tokens[position].token_type is TokenType.R_PAREN:
            depth -= 1
            if depth == 0:
                return position
    return len(tokens)
