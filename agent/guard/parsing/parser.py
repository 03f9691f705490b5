"""SQL parser: turns the tokens of exactly one query into a syntax tree."""

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token

from agent.guard.dialects import ENGINES
from agent.guard.verdict import RuleViolation
from store.catalog import Dialect

# Metadata key of identifiers that SQLite cannot take for a text.
CERTAIN_NAME = "certain_name"


def parse(sql: str, tokens: list[Token], dialect: Dialect) -> exp.Expr:
    """Parse exactly one query. Raises `RuleViolation`."""
    engine = ENGINES[dialect]
    try:
        trees = engine.parser().parse(tokens, sql)
    except (SqlglotError, RecursionError, IndexError, AttributeError, TypeError, ValueError) as error:
        # The parser's own bugs on odd input must not let the input through.
        reason = "The query cannot be parsed as SQL."
        raise RuleViolation("grammar", "unreadable", reason, _location(error)) from error
    statements = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(statements) != 1:
        raise RuleViolation("grammar", "several_statements", "Exactly one query is allowed.")
    if dialect == "sqlite":
        _mark_certain_names(statements[0], sql)
    return statements[0]


def _mark_certain_names(tree: exp.Expr, sql: str) -> None:
    """Mark names in `[brackets]` or backticks; SQLite may read those in double quotes as texts."""
    for name in tree.find_all(exp.Identifier):
        start = name.meta.get("start")
        if start is not None and sql[start] in "[`":
            name.meta[CERTAIN_NAME] = True


def _location(error: Exception) -> str:
    """Name the line of a parser error; its own text may quote the query."""
    details = getattr(error, "errors", None)
    return f"See line {details[0].get('line')}." if details else ""
