"""Row-security rewriter: replaces each table by a sub-query of the rows and columns the user may see."""

from collections.abc import Set
from dataclasses import dataclass

from sqlglot import exp

from agent.guard.row_security.masks import apply_mask
from agent.guard.row_security.parameters import ParameterBinder
from agent.guard.row_security.rules import compile_row_rule, qualified_name
from agent.guard.verdict import RuleViolation
from store.access.catalog_filter import mask_for, row_rules_for
from store.access.roles import Access
from store.catalog import Catalog, Column, Dialect, Table

# LIMIT and OFFSET without effect, as an optimization barrier: they keep the engine from evaluating conditions
# of the enclosing query before the rule, where a condition that raises an error would reveal a hidden row.
_BARRIERS: dict[Dialect, tuple[str | None, str | None]] = {
    "postgres": (None, "0"),
    "duckdb": (None, "0"),
    "sqlite": ("-1", "0"),
    "mysql": ("18446744073709551615", None),
}
# Arguments of a table in FROM that a sub-query takes over; any other may have a different meaning on one.
_TRANSFERRED = ("alias", "joins", "laterals", "pivots")
_SUPPORTED = frozenset({"this", "db", "catalog", "sample", "only", *_TRANSFERRED})
# Nodes that may use columns without naming them.
_ALL_COLUMNS = (exp.Star, exp.Pivot, exp.Columns)


@dataclass(frozen=True, slots=True)
class RowSecurityRewriter:
    """Builds the sub-queries of one query.

    `referenced` are the columns the query names, in lower case, or None for all; `cte_names` are its CTEs.
    """

    catalog: Catalog
    access: Access
    binder: ParameterBinder
    referenced: Set[str] | None
    cte_names: Set[str]

    def rewrite(self, node: exp.Table, visible: Table) -> exp.Subquery | None:
        """Return the replacement for a table reference, or None if the table is not restricted.

        `visible` is the table as the user sees it. Raises `RuleViolation`.
        """
        table = self.catalog.table(visible.full_name)
        assert table is not None
        rules = row_rules_for(self.catalog, self.access, table)
        masked = any(mask_for(self.catalog, self.access, table, column) for column in visible.columns)
        if not rules and not masked and len(visible.columns) == len(table.columns):
            return None
        select = exp.Select(expressions=[self._project(table, column) for column in self._columns(visible)])
        select.set("from_", exp.From(this=self._base_table(node, table)))
        for rule in rules:
            predicate = compile_row_rule(rule.where, table, self.catalog, self.binder, self.cte_names)
            select.where(predicate, copy=False)
        if rules:
            _add_barrier(select, self.catalog.dialect)
        return self._to_subquery(node, select)

    def _columns(self, visible: Table) -> tuple[Column, ...]:
        if self.referenced is None:
            return visible.columns
        columns = tuple(column for column in visible.columns if column.name.lower() in self.referenced)
        # A query that only counts rows still needs one column.
        return columns or visible.columns[:1]

    def _project(self, table: Table, column: Column) -> exp.Expr:
        name = exp.to_identifier(column.name, quoted=True)
        value = exp.Column(this=name, table=exp.to_identifier(table.name, quoted=True))
        mask = mask_for(self.catalog, self.access, table, column)
        if mask is None:
            return value
        return exp.alias_(apply_mask(mask, value, column, self.catalog.dialect, self.binder), name.copy())

    def _base_table(self, node: exp.Table, table: Table) -> exp.Table:
        base = qualified_name(table, self.catalog.dialect)
        if node.args.get("only"):
            base.set("only", True)
        if self.catalog.dialect == "postgres" and node.args.get("sample"):
            # PostgreSQL samples tables only. Sampling before the rule is just as random as after it.
            base.set("sample", node.args["sample"].copy())
        return base

    def _to_subquery(self, node: exp.Table, select: exp.Select) -> exp.Subquery:
        if any(value and key not in _SUPPORTED for key, value in node.args.items()):
            raise RuleViolation("policy", "table", "A table with row rules cannot be read in this way.")
        subquery = exp.Subquery(this=select, **{key: node.args.get(key) for key in _TRANSFERRED})
        if not node.alias:
            alias = node.args.get("alias")
            columns = alias.columns if alias else []
            subquery.set("alias", exp.TableAlias(this=node.this.copy(), columns=columns))
        if self.catalog.dialect != "postgres":
            subquery.set("sample", node.args.get("sample"))
        return subquery


def referenced_columns(tree: exp.Expr) -> frozenset[str] | None:
    """Return the names of all columns in a query, in lower case; None if it may need any column."""
    sources = {source.alias_or_name.lower() for source in tree.find_all(exp.Table, exp.Subquery)}
    names: set[str] = set()
    for node in tree.walk():
        if isinstance(node, _ALL_COLUMNS) and not isinstance(node.parent, exp.Count):
            return None
        if isinstance(node, exp.TableAlias) and node.columns and isinstance(node.parent, exp.Table):
            return None
        if isinstance(node, exp.Join):
            if node.method.upper() == "NATURAL":
                return None
            names |= {column.name.lower() for column in node.args.get("using") or ()}
        if isinstance(node, exp.Column):
            if not node.table and node.name.lower() in sources:
                # A whole row, or a column with the name of its table.
                return None
            names.add(node.name.lower())
            # DuckDB accesses fields of structs with the same dot.
            names.add(node.table.lower())
    return frozenset(names)


def _add_barrier(select: exp.Select, dialect: Dialect) -> None:
    limit, offset = _BARRIERS[dialect]
    if limit is not None:
        number = exp.Literal.number(limit.lstrip("-"))
        select.set("limit", exp.Limit(expression=exp.Neg(this=number) if "-" in limit else number))
    if offset is not None:
        select.set("offset", exp.Offset(expression=exp.Literal.number(offset)))
