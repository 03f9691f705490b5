"""Name scopes of a query: row sources, the columns of each, and helpers to find sources in a tree."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

# None if only the engine knows the columns, as for a DuckDB PIVOT.
ColumnNames = tuple[str, ...] | None

# Columns of table functions, regardless of the dialect; the function's own name always counts as well.
TABLE_FUNCTION_COLUMNS: dict[str, tuple[str, ...]] = {
    "json_each": ("key", "value", "type", "atom", "id", "parent", "fullkey", "path"),
    "json_tree": ("key", "value", "type", "atom", "id", "parent", "fullkey", "path"),
    "jsonb_each": ("key", "value"),
    "jsonb_each_text": ("key", "value"),
    "json_each_text": ("key", "value"),
    "jsonb_array_elements": ("value",),
    "jsonb_array_elements_text": ("value",),
    "json_array_elements": ("value",),
    "json_array_elements_text": ("value",),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A row source of a FROM, with the columns it provides."""

    columns: ColumnNames

    def has(self, column: str) -> bool:
        """Tell whether it provides this column, or may do so."""
        return self.columns is None or column in self.columns


@dataclass(slots=True)
class Scope:
    """The names one SELECT can use; `outer` is the scope of the enclosing query."""

    outer: "Scope | None" = None
    ctes: dict[str, ColumnNames] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)

    def chain(self) -> Iterator["Scope"]:
        """Yield this scope and the enclosing ones, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def cte(self, name: str) -> Source | None:
        """Find the innermost common table expression with this name."""
        for scope in self.chain():
            if name in scope.ctes:
                return Source(scope.ctes[name])
        return None

    def source(self, name: str) -> Source | None:
        """Find the innermost source with this name."""
        return next((scope.sources[name] for scope in self.chain() if name in scope.sources), None)

    def has_column(self, column: str) -> bool:
        """Tell whether an unqualified name is a column of some source, or an alias of the SELECT list."""
        return any(
            column in scope.aliases or any(source.has(column) for source in scope.sources.values())
            for scope in self.chain()
        )


def direct_sources(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the sources in the FROM, joins and laterals of a node."""
    if node.args.get("from_"):
        yield node.args["from_"].this
    for join in node.args.get("joins") or ():
        yield join.this
    yield from node.args.get("laterals") or ()


def is_source(node: exp.Expr) -> bool:
    """Tell whether a node is a table, or brackets around one or around an aliased query."""
    if isinstance(node, exp.Subquery):
        return bool(node.alias) or is_source(node.this)
    return isinstance(node, exp.Table)


def first_branch(node: exp.Expr) -> exp.Expr:
    """Return the first query of a set operation, which names its columns."""
    while isinstance(node, exp.SetOperation):
        node = node.this
    return node


def numbered_columns(values: exp.Values) -> tuple[str, ...]:
    """Name the columns of VALUES: PostgreSQL and SQLite `column1`, DuckDB `col0`, MySQL `column_0`."""
    row = values.expressions[0] if values.expressions else None
    width = len(row.expressions) if isinstance(row, exp.Tuple) else 1
    return tuple(
        f"{prefix}{number}" for number in range(width + 1) for prefix in ("column", "col", "column_")
    )
