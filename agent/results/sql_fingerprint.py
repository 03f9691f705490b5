"""Query fingerprint: recognises a repeated query regardless of its layout, aliases and operand order."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from sqlglot import ParseError, Token, TokenError, exp, parse_one, tokenize

from agent.analyst import Setback
from store.catalog import Dialect

# Deeply nested brackets keep a parser busy for minutes; what people and models write has few.
MAX_TOKENS = 400
MAX_DEPTH = 8
OPENING = frozenset({"L_PAREN", "L_BRACKET", "L_BRACE"})
CLOSING = frozenset({"R_PAREN", "R_BRACKET", "R_BRACE"})

# Operators whose operands are compared regardless of their order.
COMMUTATIVE = (exp.And, exp.Or, exp.Add, exp.Mul, exp.EQ, exp.NEQ)
# Tokens in which letter case matters.
CASE_SENSITIVE = frozenset({"STRING", "IDENTIFIER"})


def find_repeated(sql: str, setbacks: Sequence[Setback], dialect: Dialect) -> Setback | None:
    """Return the setback whose query this one repeats, if there is one."""
    target = fingerprint(sql, dialect) if setbacks else None
    return next((setback for setback in setbacks if fingerprint(setback.sql, dialect) == target), None)


def fingerprint(sql: str, dialect: Dialect) -> Hashable:
    """Return the normal form of the syntax tree, or of the tokens if the query cannot be parsed.

    Tokens ignore comments, whitespace, letter case and a final semicolon. They are the fallback because a
    rejected query may be built to keep the parser busy for minutes, while tokenizing takes linear time.
    """
    try:
        tokens = tokenize(sql, read=dialect)
    except TokenError:
        return (sql.strip(),)
    if (tree_form := normalize_tree(sql, tokens, dialect)) is not None:
        return tree_form
    token_form = tuple(
        f"{token.token_type.name} {token.text}"
        if token.token_type.name in CASE_SENSITIVE
        else token.text.upper()
        for token in tokens
    )
    return token_form[:-1] if token_form[-1:] == (";",) else token_form


def normalize_tree(sql: str, tokens: list[Token], dialect: Dialect) -> str | None:
    """Return the normal form of the syntax tree; None if it cannot be parsed, or not in reasonable time."""
    if len(tokens) > MAX_TOKENS or _nesting_depth(tokens) > MAX_DEPTH:
        return None
    try:
        tree = parse_one(sql, read=dialect)
        # As text, because comparing deeply nested tuples would exceed the recursion limit.
        return repr(_normalize(tree, _canonical_aliases(tree)))
    except (ParseError, TokenError, RecursionError, ValueError):
        return None


def _nesting_depth(tokens: list[Token]) -> int:
    depth = deepest = 0
    for token in tokens:
        kind = token.token_type.name
        depth += (kind in OPENING) - (kind in CLOSING)
        deepest = max(deepest, depth)
    return deepest


def _canonical_aliases(tree: exp.Expr) -> dict[str, str]:
    """Map each table alias to its table and the number of its occurrence."""
    aliases: dict[str, str] = {}
    occurrences: dict[str, int] = {}
    for table in tree.find_all(exp.Table, bfs=False):
        name = table.name.lower()
        occurrences[name] = occurrences.get(name, 0) + 1
        aliases.setdefault(table.alias_or_name.lower(), f"{name} {occurrences[name]}")
    return aliases


def _normalize(node: Any, aliases: dict[str, str]) -> Hashable:
    match node:
        case exp.Paren():
            return _normalize(node.this, aliases)
        case exp.TableAlias() if isinstance(node.parent, exp.Table):
            return aliases.get(node.name.lower(), node.name)
        case exp.Table():
            return "table", aliases.get(node.alias_or_name.lower()), _normalize(node.this, aliases)
        case exp.Column():
            table = node.table.lower()
            return "column", aliases.get(table, table), _normalize(node.this, aliases)
        case exp.Identifier():
            return node.name if node.args.get("quoted") else node.name.lower()
        case exp.Expr():
            parts = tuple(_normalize_parts(node, aliases))
            return type(node).__name__, tuple(sorted(parts, key=repr)) if _is_commutative(node) else parts
        case list():
            return tuple(_normalize(item, aliases) for item in node)
        case _:
            return node if isinstance(node, Hashable) else repr(node)


def _normalize_parts(node: exp.Expr, aliases: dict[str, str]) -> Iterator[Hashable]:
    if _is_commutative(node):
        # A chain of the same operator is one flat list, however it was bracketed.
        for side in (node.this, node.expression):
            operand = side.unnest() if isinstance(side, exp.Expr) else side
            if type(operand) is type(node):
                yield from _normalize_parts(operand, aliases)
            else:
                yield _normalize(operand, aliases)
        return
    for name, value in sorted(node.args.items()):
        if value not in (None, False, []):
            yield name, _normalize(value, aliases)


def _is_commutative(node: exp.Expr) -> bool:
    return isinstance(node, COMMUTATIVE)
