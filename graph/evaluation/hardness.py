"""Hardness of a question by its gold query: the four classes defined by Spider's authors.

Yu et al., "Spider: A Large-Scale Human-Labeled Dataset for Complex and Cross-Domain Semantic Parsing and
Text-to-SQL Task" (EMNLP 2018), section 5; counted as their evaluation script does.
"""

from typing import Literal, get_args

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Hardness = Literal["easy", "medium", "hard", "extra"]
HARDNESS_CLASSES: tuple[Hardness, ...] = get_args(Hardness)


def hardness_of(sql: str, dialect: str) -> Hardness:
    """Classify a query; a query that cannot be parsed is `extra` hard."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return "extra"
    select = tree if isinstance(tree, exp.Select) else tree.find(exp.Select)
    if select is None:
        return "extra"
    components, subqueries, multiples = (
        _count_components(select),
        _count_subqueries(tree),
        _count_multiples(select),
    )
    if components <= 1 and multiples == 0 and subqueries == 0:
        return "easy"
    if subqueries == 0 and ((multiples <= 2 and components <= 1) or (components <= 2 and multiples < 2)):
        return "medium"
    if subqueries == 0 and ((multiples > 2 and components <= 2) or (2 < components <= 3 and multiples <= 2)):
        return "hard"
    return "hard" if components <= 1 and multiples == 0 and subqueries <= 1 else "extra"


def _count_components(select: exp.Select) -> int:
    """Count the clauses beyond SELECT and FROM, plus each join, OR and LIKE."""
    clauses = sum(bool(select.args.get(name)) for name in ("where", "group", "order", "limit"))
    conditions = [part for name in ("where", "having") if (part := select.args.get(name))]
    ors = sum(len(_nodes_of_select(condition, exp.Or)) for condition in conditions)
    likes = sum(len(_nodes_of_select(condition, exp.Like)) for condition in conditions)
    return clauses + len(select.args.get("joins") or ()) + ors + likes


def _count_subqueries(tree: exp.Expr) -> int:
    """Count nested queries and operands of set operations."""
    return sum(1 for _ in tree.find_all(exp.Select)) - 1


def _count_multiples(select: exp.Select) -> int:
    """Count which of aggregates, columns, conditions and groups occur more than once."""
    where, group = select.args.get("where"), select.args.get("group")
    aggregates = len(_nodes_of_select(select, exp.AggFunc))
    conditions = (
        1 + len(_nodes_of_select(where, exp.And)) + len(_nodes_of_select(where, exp.Or)) if where else 0
    )
    groups = len(group.expressions) if group else 0
    return sum(count > 1 for count in (aggregates, len(select.expressions), conditions, groups))


def _nodes_of_select(part: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Find the nodes of a kind, except in nested queries."""
    select = part if isinstance(part, exp.Select) else part.find_ancestor(exp.Select)
    return [node for node in part.find_all(kind) if node.find_ancestor(exp.Select) is select]
