"""The verdict on one query: may it reach a target?"""

import logging
from dataclasses import dataclass

from sqlglot import exp

from agent.guard.calls import check_calls
from agent.guard.costs import check_costs
from agent.guard.dialects import ENGINES
from agent.guard.grammar import call_built_ins_plainly, check_nodes, parse
from agent.guard.names import Resolver
from agent.guard.products import check_products
from agent.guard.refused import Refused
from agent.guard.spelling import respell
from agent.guard.tokens import scan
from agent.guard.verdict import Rejected
from store.approved import Approved
from store.catalog import Catalog, Dialect

logger = logging.getLogger(__name__)

# Some spellings need a second print to settle; a third that still differs is not trusted.
MOST_PRINTS = 3


@dataclass(frozen=True, slots=True)
class _Examined:
    """A tree that passed, with what its names mean written into it, and the tables it reads."""

    tree: exp.Expr
    tables: tuple[str, ...]


def judge(sql: str, catalog: Catalog) -> Approved | Rejected:
    """Say whether a query only reads what the catalog shows.

    What is approved is a print of the judged tree, and that print was itself read and judged again.
    """
    try:
        printed = _print(_examine(sql, catalog).tree, catalog.dialect)
        for _ in range(MOST_PRINTS):
            again = _examine(printed, catalog)
            reprinted = _print(again.tree, catalog.dialect)
            if reprinted == printed:
                check_calls(printed, catalog.dialect)
                return Approved(printed, catalog.dialect, again.tables)
            printed = reprinted
    except Refused as refused:
        return refused.rejected
    except Exception as error:  # noqa: BLE001  # what makes the guard stumble is not let through
        # The error may quote the query, so only its class is told.
        logger.warning("The guard stumbled over a query.", extra={"error": type(error).__name__})
        return Rejected("grammar", "unreadable", "The query cannot be followed.")
    return Rejected("print", "unstable", "The query reads differently each time it is written out.")


def _examine(sql: str, catalog: Catalog) -> _Examined:
    """Read a text and look at it from all sides. Raises `Refused`."""
    tokens = scan(sql, catalog.dialect)
    tree = call_built_ins_plainly(parse(sql, tokens, catalog.dialect))
    check_nodes(tree)
    names = Resolver(catalog)
    names.resolve(tree)
    check_costs(tree, catalog.dialect)
    check_products(tree, catalog)
    return _Examined(tree, names.tables)


def _print(tree: exp.Expr, dialect: Dialect) -> str:
    """Write a tree out. Printing changes it, which is no matter: nobody looks at it again."""
    return ENGINES[dialect].generate(respell(tree, dialect), copy=False, comments=False)
