"""What stands in the place of a table: a sub-select of the rows and columns that may be seen."""

from collections.abc import Set
from dataclasses import dataclass

from sqlglot import exp

from agent.guard.row_security.masks import put_on
from agent.guard.row_security.parameters import Marks
from agent.guard.row_security.rules import name_of, read_rule
from agent.guard.verdict import Refused
from store.access.catalog_filter import mask_of, rules_of
from store.access.roles import Access
from store.catalog import Catalog, Column, Dialect, Table

# Keeps the engine from moving conditions of the query around it in front of the rule: a condition that fails
# with an error would tell that there is a hidden row. A limit that is none is what all of them stop at.
_BARRIERS: dict[Dialect, tuple[str | None, str | None]] = {
    "postgres": (None, "0"),
    "duckdb": (None, "0"),
    "sqlite": ("-1", "0"),
    "mysql": ("18446744073709551615", None),
}
# What a table in FROM may carry; anything else is not known to mean the same on a sub-select.
_CARRIED = ("alias", "joins", "laterals", "pivots")
_KNOWN = frozenset({"this", "db", "catalog", "sample", "only", *_CARRIED})


@dataclass(frozen=True, slots=True)
class Loom:
    """Makes sub-selects. `wanted` are the columns that a query names, in small letters; None means all."""

    catalog: Catalog
    access: Access
    marks: Marks
    wanted: Set[str] | None
    taken: Set[str]

    def weave(self, node: exp.Table, shown: Table) -> exp.Subquery | None:
        """Give what belongs in the place of a reference to a table, or None where all of it may be seen.

        `shown` is the table as the asker sees it. Raises `Refused`.
        """
        table = self.catalog.table(shown.full_name)
        assert table is not None
        rules = rules_of(self.catalog, self.access, table)
        masked = any(mask_of(self.catalog, self.access, table, column) for column in shown.columns)
        if not rules and not masked and len(shown.columns) == len(table.columns):
            return None
        select = exp.Select(expressions=[self._show(table, column) for column in self._columns(shown)])
        select.set("from_", exp.From(this=self._base(node, table)))
        for rule in rules:
            held = read_rule(rule.where, table, self.catalog, self.marks, self.taken)
            select.where(held, copy=False)
        if rules:
            _bar(select, self.catalog.dialect)
        return self._in_place_of(node, select)

    def _columns(self, shown: Table) -> tuple[Column, ...]:
        if self.wanted is None:
            return shown.columns
        # Where only rows are counted, some column must still be there.
        return tuple(each for each in shown.columns if each.name.lower() in self.wanted) or shown.columns[:1]

    def _show(self, table: Table, column: Column) -> exp.Expr:
        name = exp.to_identifier(column.name, quoted=True)
        value = exp.Column(this=name, table=exp.to_identifier(table.name, quoted=True))
        mask = mask_of(self.catalog, self.access, table, column)
        if mask is None:
            return value
        return exp.alias_(put_on(mask, value, column, self.catalog.dialect, self.marks), name.copy())

    def _base(self, node: exp.Table, table: Table) -> exp.Table:
        base = name_of(table, self.catalog.dialect)
        if node.args.get("only"):
            base.set("only", True)
        if self.catalog.dialect == "postgres" and node.args.get("sample"):
            # Only a table can be sampled there. What is sampled before the rule is as likely to be any row.
            base.set("sample", node.args["sample"].copy())
        return base

    def _in_place_of(self, node: exp.Table, select: exp.Select) -> exp.Subquery:
        unknown = [key for key, value in node.args.items() if value and key not in _KNOWN]
        if unknown:
            raise Refused("policy", "table", "A table with rules on it cannot be read in this way.")
        subquery = exp.Subquery(this=select, **{key: node.args.get(key) for key in _CARRIED})
        if not node.alias:
            given = node.args.get("alias")
            columns = given.columns if given else []
            subquery.set("alias", exp.TableAlias(this=node.this.copy(), columns=columns))
        if self.catalog.dialect != "postgres":
            subquery.set("sample", node.args.get("sample"))
        return subquery


def _bar(select: exp.Select, dialect: Dialect) -> None:
    limit, offset = _BARRIERS[dialect]
    if limit is not None:
        number = exp.Literal.number(limit.lstrip("-"))
        select.set("limit", exp.Limit(expression=exp.Neg(this=number) if "-" in limit else number))
    if offset is not None:
        select.set("offset", exp.Offset(expression=exp.Literal.number(offset)))


# Where these stand, columns count that are not named.
_ALL = (exp.Star, exp.Pivot, exp.Columns)


def wanted_columns(tree: exp.Expr) -> frozenset[str] | None:
    """Give the names of all columns in a query, in small letters; None where it may need any column."""
    sources = {source.alias_or_name.lower() for source in tree.find_all(exp.Table, exp.Subquery)}
    names: set[str] = set()
    for node in tree.walk():
        if isinstance(node, _ALL) and not isinstance(node.parent, exp.Count):
            return None
        if isinstance(node, exp.TableAlias) and node.columns and isinstance(node.parent, exp.Table):
            return None
        if isinstance(node, exp.Join):
            if node.method.upper() == "NATURAL":
                return None
            names |= {column.name.lower() for column in node.args.get("using") or ()}
        if isinstance(node, exp.Column):
            if not node.table and node.name.lower() in sources:
                # A whole row, or a column called like its table.
                return None
            names.add(node.name.lower())
            # DuckDB reaches into structures with the same dot.
            names.add(node.table.lower())
    return frozenset(names)
