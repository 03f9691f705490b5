"""Every table and every column of a query, resolved against the catalog the asker may see."""

from collections.abc import Callable

from sqlglot import exp

from agent.guard.dialects import fold
from agent.guard.names.columns import check_column, output_names
from agent.guard.names.scopes import (
    TABLE_FUNCTION_COLUMNS,
    Columns,
    Scope,
    Source,
    direct_sources,
    first_branch,
    is_source,
    numbered_columns,
)
from agent.guard.names.tables import Tables
from agent.guard.rules.lists import read_list
from agent.guard.verdict import Refused
from store.catalog import Catalog, Dialect

# What is looked into by itself, not as an expression.
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
# Where the aliases of a SELECT do not count yet. DuckDB knows them everywhere.
_WITHOUT_ALIASES: dict[Dialect, frozenset[str]] = {
    "postgres": frozenset({"expressions", "where", "joins"}),
    "mysql": frozenset({"expressions", "where", "joins"}),
    "sqlite": frozenset({"expressions"}),
}


class Resolver:
    """Walks a tree once.

    It also writes into the tree what a name means, where the engine could take it for something else.
    """

    def __init__(self, catalog: Catalog, tables: Tables) -> None:
        self._catalog = catalog
        self._dialect = catalog.dialect
        self._tables = tables
        self._used: dict[str, None] = {}
        self._cte_names: set[str] = set()
        self._seen: set[int] = set()

    def resolve(self, tree: exp.Expr) -> tuple[str, ...]:
        """Resolve everything, and give the full names of the stored tables that are read.

        Raises `Refused`, also for a name that none of the rules came by.
        """
        self._cte_names = {self._fold_table(cte.args["alias"].this) for cte in tree.find_all(exp.CTE)}
        self._query(tree, Scope())
        for node in tree.find_all(exp.Table, exp.Column):
            if id(node) not in self._seen:
                raise Refused("names", "unresolved", "The query has a name where none is expected.")
        return tuple(self._used)

    def _query(self, node: exp.Expr, scope: Scope) -> Columns:
        """Resolve a whole query and name the columns it gives. `scope` is its own, and empty."""
        self._with(node, scope)
        match node:
            case exp.Select():
                return self._select(node, scope)
            case exp.SetOperation():
                columns = self._query(node.this, Scope(scope))
                self._query(node.expression, Scope(scope))
            case exp.Subquery():
                columns = self._bracketed(node, scope)
            case exp.Values():
                columns = numbered_columns(node)
            case exp.Pivot():
                self._source(node.this, scope)
                columns = None
            case _:
                raise Refused("names", "unresolved", "The query has a part that cannot be followed.")
        scope.sources.setdefault("", Source(columns))
        self._expressions(node, scope)
        return columns

    def _select(self, node: exp.Select, scope: Scope) -> Columns:
        """Where an engine takes no alias, a name that is only an alias would be a column not shown."""
        self._sources(node, scope)
        early = _WITHOUT_ALIASES.get(self._dialect, frozenset())
        self._expressions(node, scope, lambda key: key in early)
        scope.aliases |= {
            fold(item.args["alias"], self._dialect)
            for item in node.expressions
            if isinstance(item, exp.Alias)
        }
        self._expressions(node, scope, lambda key: key not in early and key != "order")
        columns = output_names(node, scope, self._catalog)
        if self._dialect == "postgres":
            # There `count(*)` may be sorted by as `count`.
            scope.aliases |= set(columns or ())
        self._expressions(node, scope, lambda key: key == "order")
        return columns

    def _bracketed(self, node: exp.Subquery, scope: Scope) -> Columns:
        """Brackets hold a query, or tables that are joined."""
        if not is_source(node.this):
            return self._query(node.this, Scope(scope))
        self._source(node.this, scope)
        given = list(scope.sources.values())
        if any(source.columns is None for source in given):
            return None
        return tuple(column for source in given for column in source.columns or ())

    def _with(self, node: exp.Expr, scope: Scope) -> None:
        clause = node.args.get("with_")
        if clause is None:
            return
        for cte in clause.expressions:
            name = self._fold_table(cte.args["alias"].this)
            given = tuple(fold(column, self._dialect) for column in cte.args["alias"].columns)
            body, inner = cte.this, Scope(scope)
            # SQLite takes any query that names itself for a recursive one.
            if isinstance(body, exp.SetOperation) and (clause.recursive or self._dialect == "sqlite"):
                first = Scope(scope)
                self._with(body, first)
                inner.ctes[name] = _renamed(self._query(first_branch(body), first), given)
            scope.ctes[name] = _renamed(self._query(body, inner), given)

    def _sources(self, node: exp.Expr, scope: Scope) -> None:
        for source in direct_sources(node):
            self._source(source, scope)

    def _source(self, node: exp.Expr, scope: Scope) -> None:
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier):
                self._table(node, scope)
            case exp.Table() if isinstance(node.this, exp.Func):
                self._seen.add(id(node))
                self._table_function(node, node.this, scope)
            case exp.Lateral() if isinstance(node.this, exp.Query):
                self._name(node, self._query(node.this, Scope(scope)), scope)
            case exp.Lateral() | exp.Unnest():
                self._table_function(node, node.this or node, scope)
            case exp.Subquery() if is_source(node.this) and not node.alias:
                self._bracketed(node, scope)
            case exp.Query() | exp.Values() | exp.Pivot():
                self._name(node, self._query(node, Scope(scope)), scope)
            case _:
                raise Refused("names", "unresolved", "The query reads from something that is not a table.")
        self._beside(node, scope)

    def _beside(self, node: exp.Expr, scope: Scope) -> None:
        """Resolve what is joined to a source; its conditions see what the source gives."""
        if isinstance(node, exp.Table):
            self._sources(node, scope)
            self._expressions(node, scope)
        elif isinstance(node, exp.Subquery):
            self._sources(node, scope)
            for join in node.args.get("joins") or ():
                self._expression(join, scope)

    def _table(self, node: exp.Table, scope: Scope) -> None:
        self._seen.add(id(node))
        name = self._fold_table(node.this)
        cte = None if node.args.get("db") else scope.cte(name)
        if cte is None:
            table = self._tables.find(node)
            self._used[table.full_name] = None
            columns = self._tables.columns(table)
            self._name(node, columns, scope)
            self._tables.pin(node, table, shadowed=name in self._cte_names)
        else:
            self._name(node, cte.columns, scope)

    def _table_function(self, node: exp.Expr, call: exp.Expr, scope: Scope) -> None:
        """A call in FROM gives the columns it is known for, those its alias names, and itself."""
        self._expressions(call, scope)
        called = call.sql(dialect=self._dialect).split("(")[0].lower()
        if called not in read_list("table_functions"):
            raise Refused("functions", "function", f"The function {called} may not be read from.")
        names = [*TABLE_FUNCTION_COLUMNS.get(called, ()), called, "ordinality"]
        names += [column.name.lower() for column in call.find_all(exp.JSONColumnDef)]
        alias, offset = node.args.get("alias"), call.args.get("offset")
        if alias:
            names += [fold(_identifier(part), self._dialect) for part in (alias.this, *alias.columns) if part]
        if isinstance(offset, exp.Identifier):
            names.append(fold(offset, self._dialect))
        key = fold(alias.this, self._dialect) if alias and alias.this else called
        scope.sources[key] = Source(tuple(names))

    def _name(self, node: exp.Expr, columns: Columns, scope: Scope) -> None:
        """Let the rest of the query call this source by its alias, and its columns by theirs."""
        alias = node.args.get("alias")
        given = tuple(fold(_identifier(column), self._dialect) for column in (alias.columns if alias else ()))
        if alias and alias.this:
            name = fold(alias.this, self._dialect)
        else:
            name = fold(node.this, self._dialect) if isinstance(node, exp.Table) else f" {len(scope.sources)}"
        columns = None if node.args.get("pivots") else _renamed(columns, given)
        scope.sources[name] = Source(columns)

    def _expressions(
        self, node: exp.Expr, scope: Scope, wanted: Callable[[str], bool] = lambda _: True
    ) -> None:
        """Resolve what hangs below a node, its sources aside; of that, what is wanted."""
        skipped = _NOT_EXPRESSIONS.get(type(node), set())
        for key, value in list(node.args.items()):
            if key not in skipped and wanted(key):
                for child in list(value) if isinstance(value, list) else [value]:
                    if isinstance(child, exp.Expr):
                        self._expression(child, scope)

    def _expression(self, node: exp.Expr, scope: Scope) -> None:
        match node:
            case exp.Query():
                self._query(node, Scope(scope))
            case exp.Column():
                self._seen.add(id(node))
                check_column(node, scope, self._catalog)
            case exp.Lambda() | exp.Comprehension():
                self._expressions(node, self._with_variables(node, scope))
            case exp.In() if node.args.get("field") and self._dialect != "duckdb":
                raise Refused("names", "unresolved", "After IN, a list or a query in brackets is expected.")
            case exp.Join():
                self._join(node, scope)
            case _:
                self._expressions(node, scope)

    def _join(self, join: exp.Join, scope: Scope) -> None:
        for column in join.args.get("using") or ():
            check_column(exp.column(_identifier(column).copy()), scope, self._catalog)
            self._seen.add(id(column))
        self._expressions(join, scope)

    def _with_variables(self, node: exp.Expr, scope: Scope) -> Scope:
        """A scope in which the variables of a lambda or of a comprehension are known."""
        written = node.expressions if isinstance(node, exp.Lambda) else [node.args["expression"]]
        return Scope(scope, aliases={fold(_identifier(name), self._dialect) for name in written})

    def _fold_table(self, identifier: exp.Expr) -> str:
        return fold(identifier, self._dialect, table=True)


def _renamed(columns: Columns, given: tuple[str, ...]) -> Columns:
    """Column aliases replace names from the left; the rest keep theirs."""
    if not given:
        return columns
    return given if columns is None else given + columns[len(given) :]


def _identifier(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.ColumnDef | exp.Column | exp.Alias) else node
