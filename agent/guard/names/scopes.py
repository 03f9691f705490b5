"""What names mean at one place of a query: sources of rows, and the columns each gives."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

# None: only the engine knows, as with a DuckDB PIVOT.
Columns = tuple[str, ...] | None

# Columns of table functions, by dialect-independent name; the name of the call itself always counts as well.
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
    """Something that gives rows, under the name the query calls it by."""

    columns: Columns
    stored: str | None = None

    def has(self, column: str) -> bool:
        """Say whether it gives this column, as far as is known."""
        return self.columns is None or column in self.columns


@dataclass(slots=True)
class Scope:
    """The names one SELECT can use. `outer` is the query around it."""

    outer: "Scope | None" = None
    ctes: dict[str, Columns] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)

    def around(self) -> Iterator["Scope"]:
        """This scope and those it stands in, from the inside out."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def cte(self, name: str) -> Source | None:
        """The nearest common table expression of this name."""
        for scope in self.around():
            if name in scope.ctes:
                return Source(scope.ctes[name])
        return None

    def source(self, name: str) -> Source | None:
        """The nearest source called by this name."""
        return next((scope.sources[name] for scope in self.around() if name in scope.sources), None)

    def knows(self, column: str) -> bool:
        """Say whether a bare name is a column of some source, or an alias of the SELECT list."""
        return any(
            column in scope.aliases or any(source.has(column) for source in scope.sources.values())
            for scope in self.around()
        )


def direct_sources(node: exp.Expr) -> Iterator[exp.Expr]:
    """What a SELECT, or something with joins behind it, reads from."""
    if node.args.get("from_"):
        yield node.args["from_"].this
    for join in node.args.get("joins") or ():
        yield join.this
    yield from node.args.get("laterals") or ()


def is_source(node: exp.Expr) -> bool:
    """Brackets around a table, or around something with a name, are around what is read from."""
    if isinstance(node, exp.Subquery):
        return bool(node.alias) or is_source(node.this)
    return isinstance(node, exp.Table)


def first_branch(node: exp.Expr) -> exp.Expr:
    """The query that names the columns of a UNION."""
    while isinstance(node, exp.SetOperation):
        node = node.this
    return node


def numbered_columns(values: exp.Values) -> tuple[str, ...]:
    """VALUES without names: `column1` in PostgreSQL and SQLite, `col0` in DuckDB, `column_0` in MySQL."""
    row = values.expressions[0] if values.expressions else None
    width = len(row.expressions) if isinstance(row, exp.Tuple) else 1
    return tuple(f"{prefix}{place}" for place in range(width + 1) for prefix in ("column", "col", "column_"))
