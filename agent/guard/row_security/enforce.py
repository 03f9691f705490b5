"""The verdict on a query of somebody who may not see everything."""

import logging
from dataclasses import dataclass, replace

from sqlglot import exp

from agent.guard.dialects import ENGINES
from agent.guard.judge import judge
from agent.guard.names.resolver import Resolver
from agent.guard.names.tables import Tables
from agent.guard.parsing.parser import parse
from agent.guard.row_security.parameters import Marks
from agent.guard.row_security.rewriter import Loom, wanted_columns
from agent.guard.verdict import Refused, Rejected
from store.access.approved_query import Approved
from store.access.catalog_filter import visible
from store.access.roles import Access
from store.catalog import Catalog, Table

logger = logging.getLogger(__name__)

_UNFIT = Rejected(
    "policy",
    "unfit",
    "The rules that hold for these tables cannot be applied to this query; write it more simply.",
)


@dataclass(frozen=True, slots=True)
class View:
    """A whole catalog, who looks at it, and what of it is shown to them."""

    catalog: Catalog
    access: Access | None
    shown: Catalog


def view_of(catalog: Catalog, access: Access | None) -> View:
    """Let somebody look at a catalog. Worth keeping: it takes longer than judging."""
    return View(catalog, access, visible(catalog, access))


def judge_for(sql: str, view: View) -> Approved | Rejected:
    """Judge as `judge` does, and let through no more than this view allows.

    The query is judged against what is shown of the catalog; then rules and masks are put into it, and it is
    judged once more, against all of the catalog. Refusals speak of nothing that is not shown.
    """
    verdict = judge(sql, view.shown)
    if view.access is None or isinstance(verdict, Rejected):
        return verdict
    try:
        return replace(_veil(verdict, view, view.access), policy=view.access.identity)
    except Refused as refused:
        # What is said of a rule, or of a query with rules in it, may speak of what is hidden.
        told = refused.rejected
        logger.info("rules did not fit a query", extra={"layer": told.layer, "kind": told.kind})
        return told if told.layer == "policy" else _UNFIT
    except Exception as error:  # noqa: BLE001  # what makes the guard stumble is not let through
        logger.warning("The guard stumbled over a rule.", extra={"error": type(error).__name__})
        return _UNFIT


class _Recording(Tables):
    """Remembers every place where a stored table is read."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.found: list[tuple[exp.Table, Table]] = []

    def find(self, node: exp.Table) -> Table:
        """Look the table up. Raises `Refused`."""
        table = super().find(node)
        self.found.append((node, table))
        return table


def _veil(approved: Approved, view: View, access: Access) -> Approved:
    """Put rules and masks into a query. Raises `Refused`."""
    engine = ENGINES[approved.dialect]
    tree = parse(approved.sql, engine.tokenize(approved.sql), approved.dialect)
    tables, marks = _Recording(view.shown), Marks(access)
    Resolver(view.shown, tables).resolve(tree)
    ctes = frozenset(cte.alias.lower() for cte in tree.find_all(exp.CTE))
    loom = Loom(view.catalog, access, marks, wanted_columns(tree), ctes)
    woven = [(node, loom.weave(node, table)) for node, table in tables.found]
    if not any(subquery for _, subquery in woven):
        return approved
    for node, subquery in woven:
        if subquery is not None:
            node.replace(subquery)
    for column in tree.find_all(exp.Column):
        # A sub-select has no schema to call it by.
        column.set("db", None)
    return _judge_again(engine.generate(tree, copy=False, comments=False), approved, view, marks)


def _judge_again(sql: str, approved: Approved, view: View, marks: Marks) -> Approved:
    verdict = judge(sql, view.catalog)
    if isinstance(verdict, Rejected):
        raise Refused(verdict.layer, verdict.kind, verdict.reason)
    bound = marks.bind(verdict.sql, verdict.dialect)
    return replace(
        verdict,
        sql=bound.sql,
        parameters=bound.parameters,
        asked=approved.sql,
        asked_tables=approved.tables,
    )
