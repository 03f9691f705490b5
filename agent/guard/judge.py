"""Query validation: decides whether one query may run on a target."""

import logging
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from agent.guard.dialects import ENGINES
from agent.guard.names.resolver import Resolver
from agent.guard.names.tables import Tables
from agent.guard.parsing.dialect_rewrites import rewrite_for_dialect
from agent.guard.parsing.normalizer import normalize
from agent.guard.parsing.parser import parse
from agent.guard.parsing.tokenizer import tokenize_query
from agent.guard.rules.cartesian import check_cartesian_products
from agent.guard.rules.functions import check_calls, check_unknown_calls
from agent.guard.rules.nodes import check_nodes
from agent.guard.rules.resource_limits import cap_text_sizes, check_resource_limits
from agent.guard.rules.text_growth import check_text_growth
from agent.guard.verdict import Rejected, RuleViolation
from store.access.approved_query import Approved
from store.catalog import Catalog, Dialect

logger = logging.getLogger(__name__)

# Some queries need a second print to become stable; one that still differs after the third is rejected.
MAX_PRINTS = 3


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A parsed query: its tokens, its tree with resolved names written into it, the tables it reads."""

    tokens: list[Token]
    tree: exp.Expr
    tables: tuple[str, ...]


def judge(sql: str, catalog: Catalog) -> Approved | Rejected:
    """Decide whether a query only reads what the catalog contains.

    The approved SQL is printed from the validated tree, and that print is itself parsed and validated again.
    """
    try:
        return _judge(sql, catalog)
    except RuleViolation as violation:
        return violation.rejected
    except Exception as error:  # noqa: BLE001  # fail closed: a query that crashes the validator is rejected
        # The error may quote the query, so only its class is logged.
        logger.warning("query validation failed", extra={"error": type(error).__name__})
        return Rejected("grammar", "unreadable", "The query could not be validated.")


def _judge(sql: str, catalog: Catalog) -> Approved | Rejected:
    tables = Tables(catalog)
    printed = _print(_parse(sql, catalog, tables).tree, catalog.dialect)
    for _ in range(MAX_PRINTS):
        parsed = _parse(printed, catalog, tables)
        check_calls(parsed.tokens, catalog)
        check_resource_limits(parsed.tree, catalog.dialect)
        check_cartesian_products(parsed.tree, catalog)
        check_text_growth(parsed.tree)
        reprinted = _print(parsed.tree, catalog.dialect)
        if reprinted == printed:
            return Approved(printed, catalog.dialect, parsed.tables)
        printed = reprinted
    return Rejected(
        "print", "unstable", "The query is ambiguous: it reads differently each time it is printed."
    )


def _parse(sql: str, catalog: Catalog, tables: Tables) -> _Parsed:
    """Parse a query, check its nodes, resolve its names and cap its text sizes. Raises `RuleViolation`."""
    tokens = tokenize_query(sql, catalog.dialect)
    tree = normalize(parse(sql, tokens, catalog.dialect), catalog.dialect)
    check_nodes(tree)
    check_unknown_calls(tree, catalog)
    used = Resolver(catalog, tables).resolve(tree)
    cap_text_sizes(tree)
    return _Parsed(tokens, tree, used)


def _print(tree: exp.Expr, dialect: Dialect) -> str:
    """Print a tree as SQL. This mutates the tree, which must not be used afterwards."""
    return ENGINES[dialect].generate(rewrite_for_dialect(tree, dialect), copy=False, comments=False)
