"""Tells whether a query is one that was tried before, however it is laid out."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from sqlglot import ParseError, Token, TokenError, exp, parse_one, tokenize

from agent.analyst import Setback
from store.catalog import Dialect

# A parser can be kept busy for minutes by brackets within brackets; what people and models write has few.
MOST_TOKENS = 400
MOST_DEPTH = 8
OPENING = frozenset({"L_PAREN", "L_BRACKET", "L_BRACE"})
CLOSING = frozenset({"R_PAREN", "R_BRACKET", "R_BRACE"})

# Their operands may change places.
EITHER_WAY = (exp.And, exp.Or, exp.Add, exp.Mul, exp.EQ, exp.NEQ)


def shape_of(sql: str, tokens: list[Token], dialect: Dialect) -> str | None:
    """Give the shape; None for what cannot be parsed, or not in reasonable time."""
    if len(tokens) > MOST_TOKENS or _depth(tokens) > MOST_DEPTH:
        return None
    try:
        tree = parse_one(sql, read=dialect)
        # As a text: comparing what is nested deeply would fail.
        return repr(_shape(tree, _names(tree)))
    except (ParseError, TokenError, RecursionError, ValueError):
        return None


def _depth(tokens: list[Token]) -> int:
    depth = deepest = 0
    for token in tokens:
        kind = token.token_type.name
        depth += (kind in OPENING) - (kind in CLOSING)
        deepest = max(deepest, depth)
    return deepest


def _names(tree: exp.Expr) -> dict[str, str]:
    """What each table alias stands for: the table, and a number where a table is there more than once."""
    names: dict[str, str] = {}
    seen: dict[str, int] = {}
    for table in tree.find_all(exp.Table, bfs=False):
        name = table.name.lower()
        seen[name] = seen.get(name, 0) + 1
        names.setdefault(table.alias_or_name.lower(), f"{name} {seen[name]}")
    return names


def _shape(node: Any, names: dict[str, str]) -> Hashable:
    match node:
        case exp.Paren():
            return _shape(node.this, names)
        case exp.TableAlias() if isinstance(node.parent, exp.Table):
            return names.get(node.name.lower(), node.name)
        case exp.Table():
            return "table", names.get(node.alias_or_name.lower()), _shape(node.this, names)
        case exp.Column():
            table = node.table.lower()
            return "column", names.get(table, table), _shape(node.this, names)
        case exp.Identifier():
            return node.name if node.args.get("quoted") else node.name.lower()
        case exp.Expr():
            parts = tuple(_parts(node, names))
            return type(node).__name__, tuple(sorted(parts, key=repr)) if _swaps(node) else parts
        case list():
            return tuple(_shape(item, names) for item in node)
        case _:
            return node if isinstance(node, Hashable) else repr(node)


def _parts(node: exp.Expr, names: dict[str, str]) -> Iterator[Hashable]:
    if _swaps(node):
        # A chain is one list, however it was bracketed.
        for side in (node.this, node.expression):
            inner = side.unnest() if isinstance(side, exp.Expr) else side
            if type(inner) is type(node):
                yield from _parts(inner, names)
            else:
                yield _shape(inner, names)
        return
    for name, value in sorted(node.args.items()):
        if value not in (None, False, []):
            yield name, _shape(value, names)


def _swaps(node: exp.Expr) -> bool:
    return isinstance(node, EITHER_WAY)


# Where letter case matters.
QUOTED = frozenset({"STRING", "IDENTIFIER"})


def tried_before(sql: str, setbacks: Sequence[Setback], dialect: Dialect) -> Setback | None:
    """The setback that this query would bring again, if there is one."""
    mark = fingerprint(sql, dialect) if setbacks else None
    return next((setback for setback in setbacks if fingerprint(setback.sql, dialect) == mark), None)


def fingerprint(sql: str, dialect: Dialect) -> Hashable:
    """The shape of its tree; else the query without comments, spaces, letter case and a closing semicolon.

    Tokens where there is no tree: what was rejected may be built to keep a parser busy for minutes, while
    reading tokens takes time in proportion to the text.
    """
    try:
        tokens = tokenize(sql, read=dialect)
    except TokenError:
        return (sql.strip(),)
    if (shape := shape_of(sql, tokens, dialect)) is not None:
        return shape
    words = tuple(
        f"{token.token_type.name} {token.text}" if token.token_type.name in QUOTED else token.text.upper()
        for token in tokens
    )
    return words[:-1] if words[-1:] == (";",) else words
