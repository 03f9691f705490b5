"""The verdict on one query: may it reach a target?"""

import logging
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from agent.guard.dialects import ENGINES
from agent.guard.names.resolver import Resolver
from agent.guard.names.tables import Tables
from agent.guard.parsing.dialect_rewrites import respell
from agent.guard.parsing.normalizer import write_plainly
from agent.guard.parsing.parser import check_nodes, parse
from agent.guard.parsing.tokenizer import scan
from agent.guard.rules.cartesian import check_products
from agent.guard.rules.functions import check_calls, check_unknown_calls
from agent.guard.rules.resource_limits import bound_fills, check_costs
from agent.guard.verdict import Refused, Rejected
from store.access.approved_query import Approved
from store.catalog import Catalog, Dialect

logger = logging.getLogger(__name__)

# Some spellings need a second print to settle; a third that still differs is not trusted.
MOST_PRINTS = 3


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text taken apart: its tokens, its tree with what names mean written into it, the tables it reads."""

    tokens: list[Token]
    tree: exp.Expr
    tables: tuple[str, ...]


def judge(sql: str, catalog: Catalog) -> Approved | Rejected:
    """Say whether a query only reads what the catalog shows.

    What is approved is a print of the judged tree, and that print was itself read and judged again.
    """
    try:
        return _judge(sql, catalog)
    except Refused as refused:
        return refused.rejected
    except Exception as error:  # noqa: BLE001  # what makes the guard stumble is not let through
        # The error may quote the query, so only its class is told.
        logger.warning("The guard stumbled over a query.", extra={"error": type(error).__name__})
        return Rejected("grammar", "unreadable", "The query cannot be followed.")


def _judge(sql: str, catalog: Catalog) -> Approved | Rejected:
    tables = Tables(catalog)
    printed = _print(_read(sql, catalog, tables).tree, catalog.dialect)
    for _ in range(MOST_PRINTS):
        reading = _read(printed, catalog, tables)
        check_calls(reading.tokens, catalog)
        check_costs(reading.tree, catalog.dialect)
        check_products(reading.tree, catalog)
        reprinted = _print(reading.tree, catalog.dialect)
        if reprinted == printed:
            return Approved(printed, catalog.dialect, reading.tables)
        printed = reprinted
    return Rejected("print", "unstable", "The query reads differently each time it is written out.")


def _read(sql: str, catalog: Catalog, tables: Tables) -> _Reading:
    """Take a text apart, and bound and name what is in it. Raises `Refused`."""
    tokens = scan(sql, catalog.dialect)
    tree = write_plainly(parse(sql, tokens, catalog.dialect), catalog.dialect)
    check_nodes(tree)
    check_unknown_calls(tree, catalog)
    used = Resolver(catalog, tables).resolve(tree)
    bound_fills(tree)
    return _Reading(tokens, tree, used)


def _print(tree: exp.Expr, dialect: Dialect) -> str:
    """Write a tree out. Printing changes it, which is no matter: nobody looks at it again."""
    return ENGINES[dialect].generate(respell(tree, dialect), copy=False, comments=False)
