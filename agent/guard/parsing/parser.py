"""From text to a tree that holds nothing but reading."""

import re

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token

from agent.guard.dialects import ENGINES
from agent.guard.rules.lists import read_list
from agent.guard.verdict import Refused
from store.catalog import Dialect

ALLOWED_NODES: frozenset[type] = frozenset(getattr(exp, name) for name in read_list("nodes"))
ALLOWED_TYPES = frozenset(getattr(exp.DType, name) for name in read_list("types"))
ALLOWED_TYPE_NAMES = read_list("type_names")


# Set on identifiers that SQLite cannot take for text.
NAME_FOR_SURE = "name_for_sure"
_PLAIN_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]*")
_WORDS: tuple[tuple[type[exp.Expr], str, str], ...] = (
    (exp.Lock, "row_lock", "Locking rows is not reading."),
    (exp.Into, "select_into", "Writing a result into a table or file is not reading."),
    (exp.DML, "write", "Only reading is allowed, and this would change data."),
    (exp.DDL, "write", "Only reading is allowed, and this would change the database."),
    (exp.Placeholder, "placeholder", "Placeholders are not allowed: write the value itself."),
    (exp.Parameter, "placeholder", "Variables and placeholders are not allowed: write the value itself."),
    (exp.SessionParameter, "variable", "Variables of the server are not allowed."),
    (exp.Operator, "operator", "Operators may not be named with OPERATOR()."),
    (exp.Dot, "functional_notation", "A dot may only stand between a table and its column."),
    (exp.ObjectIdentifier, "type", "Types that look up names of the database are not allowed."),
    (exp.Hint, "hint", "Hints to the optimizer are not allowed."),
)


def parse(sql: str, tokens: list[Token], dialect: Dialect) -> exp.Expr:
    """Read exactly one query. Raises `Refused`."""
    engine = ENGINES[dialect]
    try:
        trees = engine.parser().parse(tokens, sql)
    except (SqlglotError, RecursionError, IndexError, AttributeError, TypeError, ValueError) as error:
        # The parser's own faults on odd input are no reason to let the input through.
        raise Refused("grammar", "unreadable", "The query cannot be read as SQL.", _where(error)) from error
    statements = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(statements) != 1:
        raise Refused("grammar", "several_statements", "Exactly one query is allowed.")
    if dialect == "sqlite":
        _mark_names(statements[0], sql)
    return statements[0]


def _mark_names(tree: exp.Expr, sql: str) -> None:
    """Tell names in `[brackets]` or backticks, which are nothing but names, from those in double quotes."""
    for name in tree.find_all(exp.Identifier):
        start = name.meta.get("start")
        if start is not None and sql[start] in "[`":
            name.meta[NAME_FOR_SURE] = True


def check_nodes(tree: exp.Expr) -> None:
    """Refuse a tree with any node that is not known to be harmless. Raises `Refused`."""
    if not isinstance(tree, exp.Query | exp.Values | exp.Pivot):
        kind = type(tree).__name__.upper()
        raise Refused("grammar", "not_a_query", f"Only a query that reads is allowed, not {kind}.")
    for node in tree.walk():
        if type(node) not in ALLOWED_NODES:
            raise _refuse(node)
        if isinstance(node, exp.DataType):
            _check_type(node)
        elif isinstance(node, exp.Var) and not _PLAIN_WORD.fullmatch(node.name):
            raise Refused("grammar", "word", "A word in the query is neither a name nor a keyword.")


def _check_type(node: exp.DataType) -> None:
    if node.this in ALLOWED_TYPES:
        return
    kind = node.args.get("kind")
    name = kind.name.lower() if isinstance(kind, exp.Identifier) else ""
    if node.this != exp.DType.USERDEFINED or name not in ALLOWED_TYPE_NAMES:
        raise Refused("grammar", "type", "A value is converted to a type that is not allowed.")


def _refuse(node: exp.Expr) -> Refused:
    for sort, kind, reason in _WORDS:
        if isinstance(node, sort):
            return Refused("grammar", kind, reason)
    name = type(node).__name__
    if isinstance(node, exp.Func):
        return Refused("functions", "function", f"The function {node.sql_name().lower()} is not allowed.")
    return Refused("grammar", "node", f"Something in the query is not allowed: {name}.")


def _where(error: Exception) -> str:
    """Say in which line the parser stumbled, in our words."""
    faults = getattr(error, "errors", None)
    return f"See line {faults[0].get('line')}." if faults else ""
