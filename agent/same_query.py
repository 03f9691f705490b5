"""Tells whether a query is one that was tried before, however it is laid out."""

from collections.abc import Hashable, Sequence

from sqlglot import TokenError, tokenize

from agent.analyst import Setback
from agent.query_shape import shape_of
from store.catalog import Dialect

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
