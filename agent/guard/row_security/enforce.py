"""Query validation under access control: applies row rules and column masks to approved queries."""

import logging
from dataclasses import dataclass, replace

from sqlglot import exp

from agent.guard.dialects import ENGINES
from agent.guard.judge import judge
from agent.guard.names.resolver import Resolver
from agent.guard.names.tables import Tables
from agent.guard.parsing.parser import parse
from agent.guard.row_security.parameters import ParameterBinder
from agent.guard.row_security.rewriter import RowSecurityRewriter, referenced_columns
from agent.guard.verdict import Rejected, RuleViolation
from store.access.approved_query import Approved
from store.access.catalog_filter import filter_catalog
from store.access.roles import Access
from store.catalog import Catalog, Table

logger = logging.getLogger(__name__)

_NOT_APPLICABLE = Rejected(
    "policy",
    "unfit",
    "The access rules of these tables cannot be applied to this query; write it more simply.",
)


@dataclass(frozen=True, slots=True)
class CatalogView:
    """A catalog with an access, and the part of the catalog that this access may see."""

    catalog: Catalog
    access: Access | None
    visible: Catalog


def view_catalog(catalog: Catalog, access: Access | None) -> CatalogView:
    """Restrict a catalog to an access. Worth caching: it takes longer than judging a query."""
    return CatalogView(catalog, access, filter_catalog(catalog, access))


def judge_with_access(sql: str, view: CatalogView) -> Approved | Rejected:
    """Judge as `judge` does, within the access of a view.

    The query is judged against the visible catalog; then row rules and masks are written into it, and it is
    judged again, against the whole catalog. Rejections never mention what is not visible.
    """
    verdict = judge(sql, view.visible)
    if view.access is None or isinstance(verdict, Rejected):
        return verdict
    try:
        return replace(_enforce(verdict, view, view.access), policy=view.access.identity)
    except RuleViolation as violation:
        # The reason for rejecting a rule, or a query with rules in it, may mention what is hidden.
        rejected = violation.rejected
        logger.info("row rules rejected", extra={"layer": rejected.layer, "kind": rejected.kind})
        return rejected if rejected.layer == "policy" else _NOT_APPLICABLE
    except Exception as error:  # noqa: BLE001  # fail closed: a query that crashes the validator is rejected
        logger.warning("row rules failed", extra={"error": type(error).__name__})
        return _NOT_APPLICABLE


class _RecordingTables(Tables):
    """Table lookup that records every reference to a stored table."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.references: list[tuple[exp.Table, Table]] = []

    def find(self, node: exp.Table) -> Table:
        """Look up a table. Raises `RuleViolation`."""
        table = super().find(node)
        self.references.append((node, table))
        return table


def _enforce(approved: Approved, view: CatalogView, access: Access) -> Approved:
    """Write row rules and masks into a query. Raises `RuleViolation`."""
    engine = ENGINES[approved.dialect]
    tree = parse(approved.sql, engine.tokenize(approved.sql), approved.dialect)
    tables, binder = _RecordingTables(view.visible), ParameterBinder(access)
    Resolver(view.visible, tables).resolve(tree)
    cte_names = frozenset(cte.alias.lower() for cte in tree.find_all(exp.CTE))
    rewriter = RowSecurityRewriter(view.catalog, access, binder, referenced_columns(tree), cte_names)
    replacements = [(node, rewriter.rewrite(node, table)) for node, table in tables.references]
    if not any(subquery for _, subquery in replacements):
        return approved
    for node, subquery in replacements:
        if subquery is not None:
            node.replace(subquery)
    for column in tree.find_all(exp.Column):
        # The columns of a sub-query cannot be qualified with a schema.
        column.set("db", None)
    return _judge_rewritten(engine.generate(tree, copy=False, comments=False), approved, view, binder)


def _judge_rewritten(sql: str, approved: Approved, view: CatalogView, binder: ParameterBinder) -> Approved:
    verdict = judge(sql, view.catalog)
    if isinstance(verdict, Rejected):
        raise RuleViolation(verdict.layer, verdict.kind, verdict.reason)
    bound = binder.bind(verdict.sql, verdict.dialect)
    return replace(
        verdict,
        sql=bound.sql,
        parameters=bound.parameters,
        original_sql=approved.sql,
        original_tables=approved.tables,
    )
