"""Syntax node allow-list: rejects a tree with any node or type that is not known to be harmless."""

import re

from sqlglot import exp

from agent.guard.rules.lists import read_list
from agent.guard.verdict import RuleViolation

ALLOWED_NODES: frozenset[type] = frozenset(getattr(exp, name) for name in read_list("nodes"))
ALLOWED_TYPES = frozenset(getattr(exp.DType, name) for name in read_list("types"))
ALLOWED_TYPE_NAMES = read_list("type_names")

_PLAIN_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]*")
# Kind and reason for the nodes people most often run into.
_REASONS: tuple[tuple[type[exp.Expr], str, str], ...] = (
    (exp.Lock, "row_lock", "Row locks are not allowed; the query may only read."),
    (exp.Into, "select_into", "SELECT INTO is not allowed; the query may only read."),
    (exp.DML, "write", "The query would change data; only reading is allowed."),
    (exp.DDL, "write", "The query would change the database; only reading is allowed."),
    (exp.Placeholder, "placeholder", "Placeholders are not allowed: write the value itself."),
    (exp.Parameter, "placeholder", "Variables and placeholders are not allowed: write the value itself."),
    (exp.SessionParameter, "variable", "Server variables are not allowed."),
    (exp.Operator, "operator", "OPERATOR() is not allowed."),
    (exp.Dot, "functional_notation", "A dot may only separate a table and its column."),
    (exp.ObjectIdentifier, "type", "Types that look up database objects are not allowed."),
    (exp.Hint, "hint", "Optimizer hints are not allowed."),
)


def check_nodes(tree: exp.Expr) -> None:
    """Reject everything but a query made of allowed nodes and types. Raises `RuleViolation`."""
    if not isinstance(tree, exp.Query | exp.Values | exp.Pivot):
        kind = type(tree).__name__.upper()
        raise RuleViolation("grammar", "not_a_query", f"Only SELECT queries are allowed, not {kind}.")
    for node in tree.walk():
        if type(node) not in ALLOWED_NODES:
            raise _violation(node)
        if isinstance(node, exp.DataType):
            _check_type(node)
        elif isinstance(node, exp.Var) and not _PLAIN_WORD.fullmatch(node.name):
            raise RuleViolation("grammar", "word", "A word in the query is neither a name nor a keyword.")


def _check_type(node: exp.DataType) -> None:
    if node.this in ALLOWED_TYPES:
        return
    kind = node.args.get("kind")
    name = kind.name.lower() if isinstance(kind, exp.Identifier) else ""
    if node.this != exp.DType.USERDEFINED or name not in ALLOWED_TYPE_NAMES:
        raise RuleViolation("grammar", "type", "A value is cast to a type that is not allowed.")


def _violation(node: exp.Expr) -> RuleViolation:
    for node_class, kind, reason in _REASONS:
        if isinstance(node, node_class):
            return RuleViolation("grammar", kind, reason)
    name = type(node).__name__
    if isinstance(node, exp.Func):
        return RuleViolation(
            "functions", "function", f"The function {node.sql_name().lower()} is not allowed."
        )
    return RuleViolation("grammar", "node", f"The query uses something that is not allowed: {name}.")
