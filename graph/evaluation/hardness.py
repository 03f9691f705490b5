"""How hard a question is, by its known query: the four classes that Spider's authors defined.

Yu et al., "Spider: A Large-Scale Human-Labeled Dataset for Complex and Cross-Domain Semantic Parsing and
Text-to-SQL Task" (EMNLP 2018), section 5; counted as their evaluation script does.
"""

from typing import Literal, get_args

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Hardness = Literal["easy", "medium", "hard", "extra"]
CLASSES: tuple[Hardness, ...] = get_args(Hardness)


def hardness_of(sql: str, dialect: str) -> Hardness:
    """Name the class of a query; what cannot be read is as hard as it gets."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return "extra"
    select = tree if isinstance(tree, exp.Select) else tree.find(exp.Select)
    if select is None:
        return "extra"
    parts, nested, more = _parts(select), _nested(tree), _more(select)
    if parts <= 1 and more == 0 and nested == 0:
        return "easy"
    if nested == 0 and ((more <= 2 and parts <= 1) or (parts <= 2 and more < 2)):
        return "medium"
    if nested == 0 and ((more > 2 and parts <= 2) or (2 < parts <= 3 and more <= 2)):
        return "hard"
    return "hard" if parts <= 1 and more == 0 and nested <= 1 else "extra"


def _parts(select: exp.Select) -> int:
    """Clauses beyond SELECT and FROM; each join, each OR and each LIKE is one more."""
    clauses = sum(bool(select.args.get(name)) for name in ("where", "group", "order", "limit"))
    conditions = [part for name in ("where", "having") if (part := select.args.get(name))]
    choices = sum(len(_own(condition, exp.Or)) for condition in conditions)
    likes = sum(len(_own(condition, exp.Like)) for condition in conditions)
    return clauses + len(select.args.get("joins") or ()) + choices + likes


def _nested(tree: exp.Expr) -> int:
    """Queries within the query, and set operations."""
    return sum(1 for _ in tree.find_all(exp.Select)) - 1


def _more(select: exp.Select) -> int:
    """How many of these there are more than one of: aggregates, columns, conditions, groups."""
    where, group = select.args.get("where"), select.args.get("group")
    aggregates = len(_own(select, exp.AggFunc))
    conditions = 1 + len(_own(where, exp.And)) + len(_own(where, exp.Or)) if where else 0
    groups = len(group.expressions) if group else 0
    return sum(count > 1 for count in (aggregates, len(select.expressions), conditions, groups))


def _own(part: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """The nodes of a kind that are in no query within this part."""
    nearest = part if isinstance(part, exp.Select) else part.find_ancestor(exp.Select)
    return [node for node in part.find_all(kind) if node.find_ancestor(exp.Select) is nearest]
