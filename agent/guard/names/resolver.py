"""Name resolver: binds every table and column of a query to the catalog visible to the user."""

from collections.abc import Callable

from sqlglot import exp

from agent.guard.dialects import fold
from agent.guard.names.columns import check_column, output_names
from agent.guard.names.scopes import (
    TABLE_FUNCTION_COLUMNS,
    ColumnNames,
    Scope,
    Source,
    direct_sources,
    first_branch,
    is_source,
    numbered_columns,
)
from agent.guard.names.tables import Tables
from agent.guard.rules.lists import read_list
from agent.guard.verdict import RuleViolation
from store.catalog import Catalog, Dialect

# Arguments that are resolved as sources or queries, not as expressions.
_NOT_EXPRESSIONS = {
    exp.Select: {"with_", "from_", "laterals"},
    exp.Union: {"with_", "this", "expression"},
    exp.Except: {"with_", "this", "expression"},
    exp.Intersect: {"with_", "this", "expression"},
    exp.Subquery: {"with_", "this", "joins", "laterals"},
    exp.Pivot: {"this"},
    exp.Table: {"this", "db", "catalog"},
    exp.Join: {"this"},
    exp.Lateral: {"this"},
}
# Clauses in which aliases of the SELECT list are not visible yet. In DuckDB they are visible everywhere.
_CLAUSES_WITHOUT_ALIASES: dict[Dialect, frozenset[str]] = {
    "postgres": frozenset({"expressions", "where", "joins"}),
    "mysql": frozenset({"expressions", "where", "joins"}),
    "sqlite": frozenset({"expressions"}),
}


class Resolver:
    """Resolves the names of one tree.

    It also qualifies names in the tree where the engine could resolve them differently.
    """

    def __init__(self, catalog: Catalog, tables: Tables) -> None:
        self._catalog = catalog
        self._dialect = catalog.dialect
        self._tables = tables
        self._used_tables: dict[str, None] = {}
        self._cte_names: set[str] = set()
        self._resolved: set[int] = set()

    def resolve(self, tree: exp.Expr) -> tuple[str, ...]:
        """Resolve all names and return the full names of the stored tables that are read.

        Raises `RuleViolation`, also for a name that was not reached by any rule.
        """
        self._cte_names = {self._fold_table(cte.args["alias"].this) for cte in tree.find_all(exp.CTE)}
        self._resolve_query(tree, Scope())
        for node in tree.find_all(exp.Table, exp.Column):
            if id(node) not in self._resolved:
                raise RuleViolation("names", "unresolved", "The query has a name in an unexpected place.")
        return tuple(self._used_tables)

    def _resolve_query(self, node: exp.Expr, scope: Scope) -> ColumnNames:
        """Resolve a whole query, with an empty scope of its own, and return its output columns."""
        self._resolve_ctes(node, scope)
        match node:
            case exp.Select():
                return self._resolve_select(node, scope)
            case exp.SetOperation():
                columns = self._resolve_query(node.this, Scope(scope))
                self._resolve_query(node.expression, Scope(scope))
            case exp.Subquery():
                columns = self._resolve_brackets(node, scope)
            case exp.Values():
                columns = numbered_columns(node)
            case exp.Pivot():
                self._resolve_source(node.this, scope)
                columns = None
            case _:
                raise RuleViolation("names", "unresolved", "A part of the query could not be resolved.")
        scope.sources.setdefault("", Source(columns))
        self._resolve_expressions(node, scope)
        return columns

    def _resolve_select(self, node: exp.Select, scope: Scope) -> ColumnNames:
        """Resolve each clause with the names visible in it: an alias must not pass for a hidden column."""
        self._resolve_sources(node, scope)
        without_aliases = _CLAUSES_WITHOUT_ALIASES.get(self._dialect, frozenset())
        self._resolve_expressions(node, scope, lambda key: key in without_aliases)
        scope.aliases |= {
            fold(item.args["alias"], self._dialect)
            for item in node.expressions
            if isinstance(item, exp.Alias)
        }
        self._resolve_expressions(node, scope, lambda key: key not in without_aliases and key != "order")
        columns = output_names(node, scope, self._catalog)
        if self._dialect == "postgres":
            # PostgreSQL names `count(*)` `count`, and sorts by that name.
            scope.aliases |= set(columns or ())
        self._resolve_expressions(node, scope, lambda key: key == "order")
        return columns

    def _resolve_brackets(self, node: exp.Subquery, scope: Scope) -> ColumnNames:
        """Resolve brackets, which contain a query or joined tables."""
        if not is_source(node.this):
            return self._resolve_query(node.this, Scope(scope))
        self._resolve_source(node.this, scope)
        sources = list(scope.sources.values())
        if any(source.columns is None for source in sources):
            return None
        return tuple(column for source in sources for column in source.columns or ())

    def _resolve_ctes(self, node: exp.Expr, scope: Scope) -> None:
        clause = node.args.get("with_")
        if clause is None:
            return
        for cte in clause.expressions:
            name = self._fold_table(cte.args["alias"].this)
            aliases = tuple(fold(column, self._dialect) for column in cte.args["alias"].columns)
            body, inner = cte.this, Scope(scope)
            # SQLite treats any query that refers to itself as recursive.
            if isinstance(body, exp.SetOperation) and (clause.recursive or self._dialect == "sqlite"):
                first = Scope(scope)
                self._resolve_ctes(body, first)
                inner.ctes[name] = _apply_aliases(self._resolve_query(first_branch(body), first), aliases)
            scope.ctes[name] = _apply_aliases(self._resolve_query(body, inner), aliases)

    def _resolve_sources(self, node: exp.Expr, scope: Scope) -> None:
        for source in direct_sources(node):
            self._resolve_source(source, scope)

    def _resolve_source(self, node: exp.Expr, scope: Scope) -> None:
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier):
                self._resolve_table(node, scope)
            case exp.Table() if isinstance(node.this, exp.Func):
                self._resolved.add(id(node))
                self._resolve_table_function(node, node.this, scope)
            case exp.Lateral() if isinstance(node.this, exp.Query):
                self._register(node, self._resolve_query(node.this, Scope(scope)), scope)
            case exp.Lateral() | exp.Unnest():
                self._resolve_table_function(node, node.this or node, scope)
            case exp.Subquery() if is_source(node.this) and not node.alias:
                self._resolve_brackets(node, scope)
            case exp.Query() | exp.Values() | exp.Pivot():
                self._register(node, self._resolve_query(node, Scope(scope)), scope)
            case _:
                raise RuleViolation(
                    "names", "unresolved", "The query reads from something other than a table."
                )
        self._resolve_joined(node, scope)

    def _resolve_joined(self, node: exp.Expr, scope: Scope) -> None:
        """Resolve the joins attached to a source; their conditions see its columns."""
        if isinstance(node, exp.Table):
            self._resolve_sources(node, scope)
            self._resolve_expressions(node, scope)
        elif isinstance(node, exp.Subquery):
            self._resolve_sources(node, scope)
            for join in node.args.get("joins") or ():
                self._resolve_expression(join, scope)

    def _resolve_table(self, node: exp.Table, scope: Scope) -> None:
        self._resolved.add(id(node))
        name = self._fold_table(node.this)
        cte = None if node.args.get("db") else scope.cte(name)
        if cte is None:
            table = self._tables.find(node)
            self._used_tables[table.full_name] = None
            columns = self._tables.columns(table)
            self._register(node, columns, scope)
            self._tables.pin(node, table, shadowed=name in self._cte_names)
        else:
            self._register(node, cte.columns, scope)

    def _resolve_table_function(self, node: exp.Expr, call: exp.Expr, scope: Scope) -> None:
        """Resolve a call in FROM: it provides its known columns, those of its alias, and its own name."""
        self._resolve_expressions(call, scope)
        function = call.sql(dialect=self._dialect).split("(")[0].lower()
        if function not in read_list("table_functions"):
            raise RuleViolation("functions", "function", f"The function {function} is not allowed in FROM.")
        names = [*TABLE_FUNCTION_COLUMNS.get(function, ()), function, "ordinality"]
        names += [column.name.lower() for column in call.find_all(exp.JSONColumnDef)]
        alias, offset = node.args.get("alias"), call.args.get("offset")
        if alias:
            names += [fold(_identifier(part), self._dialect) for part in (alias.this, *alias.columns) if part]
        if isinstance(offset, exp.Identifier):
            names.append(fold(offset, self._dialect))
        key = fold(alias.this, self._dialect) if alias and alias.this else function
        scope.sources[key] = Source(tuple(names))

    def _register(self, node: exp.Expr, columns: ColumnNames, scope: Scope) -> None:
        """Register a source under its alias, and its columns under their aliases."""
        alias = node.args.get("alias")
        aliases = tuple(
            fold(_identifier(column), self._dialect) for column in (alias.columns if alias else ())
        )
        if alias and alias.this:
            name = fold(alias.this, self._dialect)
        else:
            name = fold(node.this, self._dialect) if isinstance(node, exp.Table) else f" {len(scope.sources)}"
        columns = None if node.args.get("pivots") else _apply_aliases(columns, aliases)
        scope.sources[name] = Source(columns)

    def _resolve_expressions(
        self, node: exp.Expr, scope: Scope, includes: Callable[[str], bool] = lambda _: True
    ) -> None:
        """Resolve the expressions of a node, except its sources, in the arguments that `includes` selects."""
        skipped = _NOT_EXPRESSIONS.get(type(node), set())
        for key, value in list(node.args.items()):
            if key not in skipped and includes(key):
                for child in list(value) if isinstance(value, list) else [value]:
                    if isinstance(child, exp.Expr):
                        self._resolve_expression(child, scope)

    def _resolve_expression(self, node: exp.Expr, scope: Scope) -> None:
        match node:
            case exp.Query():
                self._resolve_query(node, Scope(scope))
            case exp.Column():
                self._resolved.add(id(node))
                check_column(node, scope, self._catalog)
            case exp.Lambda() | exp.Comprehension():
                self._resolve_expressions(node, self._lambda_scope(node, scope))
            case exp.In() if node.args.get("field") and self._dialect != "duckdb":
                raise RuleViolation(
                    "names", "unresolved", "IN must be followed by a list or a query in brackets."
                )
            case exp.Join():
                self._resolve_join(node, scope)
            case _:
                self._resolve_expressions(node, scope)

    def _resolve_join(self, join: exp.Join, scope: Scope) -> None:
        for column in join.args.get("using") or ():
            check_column(exp.column(_identifier(column).copy()), scope, self._catalog)
            self._resolved.add(id(column))
        self._resolve_expressions(join, scope)

    def _lambda_scope(self, node: exp.Expr, scope: Scope) -> Scope:
        """Return a scope that contains the variables of a lambda or a comprehension."""
        variables = node.expressions if isinstance(node, exp.Lambda) else [node.args["expression"]]
        return Scope(scope, aliases={fold(_identifier(name), self._dialect) for name in variables})

    def _fold_table(self, identifier: exp.Expr) -> str:
        return fold(identifier, self._dialect, table=True)


def _apply_aliases(columns: ColumnNames, aliases: tuple[str, ...]) -> ColumnNames:
    """Replace column names from the left by aliases; the rest keep their names."""
    if not aliases:
        return columns
    return aliases if columns is None else aliases + columns[len(aliases) :]


def _identifier(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.ColumnDef | exp.Column | exp.Alias) else node
