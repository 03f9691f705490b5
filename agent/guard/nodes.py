"""What a query may be made of: kinds of node, and types. What is not listed is refused."""

from sqlglot import exp

from agent.guard.lists import read_list

ALLOWED_NODES: frozenset[type] = frozenset(getattr(exp, name) for name in read_list("nodes"))
ALLOWED_TYPES = frozenset(getattr(exp.DType, name) for name in read_list("types"))
ALLOWED_TYPE_NAMES = read_list("type_names")
