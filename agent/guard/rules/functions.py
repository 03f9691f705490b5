"""Which functions may be called: an allow-list per dialect, held against the text that will run."""

from functools import lru_cache

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from agent.guard.names.suggestions import near_functions
from agent.guard.rules.lists import read_list
from agent.guard.verdict import Refused
from store.catalog import Catalog, Dialect, Functions

# Volatile, and yet only a number: see the list.
_ALLOWED_ALTHOUGH_VOLATILE = frozenset({"random"})


def allowed_functions(catalog: Catalog) -> frozenset[str]:
    """The reviewed list; where the target told of its own functions, what they say is heard as well."""
    return _allowed(catalog.dialect, catalog.functions)


@lru_cache(maxsize=32)
def _allowed(dialect: Dialect, told: Functions | None) -> frozenset[str]:
    reviewed = read_list(f"functions_{dialect}")
    if told is None:
        return reviewed
    immutable = told.immutable - read_list(f"left_out_{dialect}")
    return (reviewed | immutable) - (told.volatile - _ALLOWED_ALTHOUGH_VOLATILE)


# DuckDB's calls of an aggregate whose name is given as text.
_BY_NAME = frozenset({"list_aggregate", "list_aggr", "array_aggregate", "array_aggr", "aggregate"})
_QUERY_BEGINS = {
    TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.L_PAREN, TokenType.FROM, TokenType.PIVOT
}  # fmt: skip


def check_unknown_calls(tree: exp.Expr, catalog: Catalog) -> None:
    """Refuse a call that sqlglot has no class for, unless it is on the list. Raises `Refused`.

    The tokens alone would let `system(…)` pass for the SYSTEM of a TABLESAMPLE.
    """
    allowed = allowed_functions(catalog)
    for call in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc):
        if call.name.lower() not in allowed:
            raise _refuse(call.name.lower(), allowed)
        if call.name.lower() in _BY_NAME and catalog.dialect == "duckdb":
            _check_named(call.expressions, allowed)


def _check_named(given: list[exp.Expr], allowed: frozenset[str]) -> None:
    name = given[1] if len(given) > 1 else None
    if not isinstance(name, exp.Literal) or name.name.lower() not in allowed:
        raise _refuse(name.name.lower() if isinstance(name, exp.Literal) else "without a name", allowed)


def check_calls(tokens: list[Token], catalog: Catalog) -> None:
    """Refuse printed SQL in which anything is called that is not on the list. Raises `Refused`."""
    allowed = allowed_functions(catalog)
    for position in range(1, len(tokens)):
        if tokens[position].token_type is TokenType.L_PAREN:
            name = _called(tokens, position)
            if name is not None and name not in allowed:
                raise _refuse(name, allowed)


def _refuse(name: str, allowed: frozenset[str]) -> Refused:
    reason = f"The function {name} is not allowed."
    return Refused("functions", "function", reason, near_functions(name, allowed))


def _called(tokens: list[Token], bracket: int) -> str | None:
    """The name that an opening bracket calls, or None where it opens something else."""
    before = tokens[bracket - 1]
    quoted = before.token_type is TokenType.IDENTIFIER
    words = before.text.lower().split()
    if not words or not (quoted or words[-1].replace("_", "a").isalnum()) or _is_literal(before):
        return None
    if not quoted and words[-1] in read_list("not_calls"):
        return None
    if bracket >= 2 and (tokens[bracket - 2].token_type is TokenType.ALIAS or _names_a_cte(tokens, bracket)):
        return None
    return words[-1]


def _is_literal(token: Token) -> bool:
    return token.token_type in (TokenType.STRING, TokenType.NUMBER)


def _names_a_cte(tokens: list[Token], bracket: int) -> bool:
    """`WITH name(a, b) AS (SELECT …`, or the same after a comma."""
    if tokens[bracket - 2].token_type not in (TokenType.WITH, TokenType.RECURSIVE, TokenType.COMMA):
        return False
    closing = _closing(tokens, bracket)
    rest = [
        token
        for token in tokens[closing + 1 : closing + 6]
        if token.text.upper() not in ("NOT", "MATERIALIZED")
    ]
    return (
        len(rest) >= 3
        and rest[0].token_type is TokenType.ALIAS
        and rest[1].token_type is TokenType.L_PAREN
        and rest[2].token_type in _QUERY_BEGINS
    )


def _closing(tokens: list[Token], bracket: int) -> int:
    depth = 0
    for position in range(bracket, len(tokens)):
        if tokens[position].token_type is TokenType.L_PAREN:
            depth += 1
        elif tokens[position].token_type is TokenType.R_PAREN:
            depth -= 1
            if depth == 0:
                return position
    return len(tokens)
