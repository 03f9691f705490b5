"""Column resolution: checks that each column of a query exists in its scope."""

from sqlglot import exp

from agent.guard.dialects import fold
from agent.guard.names.scopes import ColumnNames, Scope
from agent.guard.names.suggestions import suggest_columns
from agent.guard.parsing.parser import CERTAIN_NAME
from agent.guard.verdict import RuleViolation
from store.catalog import Catalog

# Functions that accept a whole row; for any other, `f(t)` could be a disguised column access.
_ROW_FUNCTIONS = frozenset(
    {"row_to_json", "to_json", "to_jsonb", "json_agg", "jsonb_agg", "count", "array_agg", "row"}
)
# Unquoted, PostgreSQL reads these names as function calls.
_KEYWORD_FUNCTIONS = frozenset(
    {"user", "current_role", "current_user", "session_user", "current_catalog", "system_user"}
)
_ROW_IDS = frozenset({"rowid", "oid", "_rowid_"})


def check_column(column: exp.Column, scope: Scope, catalog: Catalog) -> None:
    """Reject a column that no source in scope provides. Raises `RuleViolation`."""
    dialect = catalog.dialect
    if column.args.get("catalog"):
        raise RuleViolation("names", "unknown_column", "A column may be qualified with its table only.")
    qualifier = fold(column.args["table"], dialect) if column.args.get("table") else None
    if isinstance(column.this, exp.Star):
        if qualifier is not None and scope.source(qualifier) is None:
            raise _unknown_column(column, scope, catalog)
        if dialect == "postgres" and isinstance(column.parent, exp.Func) and not _is_row_argument(column):
            raise RuleViolation("names", "whole_row", "This function does not accept a whole row.")
        return
    name = fold(column.this, dialect)
    if qualifier is None and dialect == "postgres" and name in _KEYWORD_FUNCTIONS:
        column.this.set("quoted", True)
    if not _exists(column, qualifier, name, scope, catalog):
        if _is_text(column, catalog):
            column.replace(exp.Literal.string(column.name))
            return
        raise _unknown_column(column, scope, catalog)


def output_names(select: exp.Select, scope: Scope, catalog: Catalog) -> ColumnNames:
    """Name the columns a SELECT provides to the query around it."""
    names: list[str] = []
    for item in select.expressions:
        starred = _expand_star(item, scope, catalog)
        if starred is None:
            return None
        names.extend(starred or [_output_name(item, catalog)])
    return tuple(names)


def _exists(column: exp.Column, qualifier: str | None, name: str, scope: Scope, catalog: Catalog) -> bool:
    dialect = catalog.dialect
    if qualifier is None:
        if scope.has_column(name) or (dialect == "sqlite" and name in _ROW_IDS):
            return True
        return dialect == "postgres" and scope.source(name) is not None and _is_row_argument(column)
    source = scope.source(qualifier)
    if source is None:
        # DuckDB accesses fields of structs with the same dot.
        return dialect == "duckdb" and scope.has_column(qualifier)
    return source.has(name) or (dialect == "sqlite" and name in _ROW_IDS)


def _is_row_argument(column: exp.Column) -> bool:
    """Tell whether the column is the argument of a function that accepts a whole row."""
    call = column.parent
    while isinstance(call, exp.Distinct | exp.Order | exp.Ordered):
        call = call.parent
    if isinstance(call, exp.Anonymous):
        return call.name.lower() in _ROW_FUNCTIONS
    return isinstance(call, exp.Count | exp.JSONArrayAgg | exp.ArrayAgg)


def _is_text(column: exp.Column, catalog: Catalog) -> bool:
    """Tell whether SQLite reads an unknown double-quoted name as a text; in output it is rather a typo."""
    if catalog.dialect != "sqlite" or column.args.get("table") or not column.this.args.get("quoted"):
        return False
    return (
        not column.this.meta.get(CERTAIN_NAME)
        and not isinstance(column.parent, exp.Select | exp.Ordered | exp.Group | exp.Alias)
        and "(" not in column.name
    )


def _unknown_column(column: exp.Column, scope: Scope, catalog: Catalog) -> RuleViolation:
    full_name = ".".join(part.name for part in column.parts)
    hint = suggest_columns(column.name, scope, catalog)
    reason = f"There is no column {full_name!r} in these tables."
    return RuleViolation("names", "unknown_column", reason, hint)


def _expand_star(item: exp.Expr, scope: Scope, catalog: Catalog) -> list[str] | None:
    """Return the columns of a star; empty for any other item, None if only the engine knows them."""
    if isinstance(item, exp.Star):
        star, sources = item, list(scope.sources.values())
    elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        star = item.this
        source = scope.source(fold(item.args["table"], catalog.dialect))
        sources = [source] if source else []
    else:
        return []
    if any(source.columns is None for source in sources):
        return None
    renamed = [fold(alias.args["alias"], catalog.dialect) for alias in star.args.get("rename") or ()]
    return [column for source in sources for column in source.columns or ()] + renamed


def _output_name(item: exp.Expr, catalog: Catalog) -> str:
    """Return the alias, the column name, or the engine's default name of an expression."""
    if isinstance(item, exp.Alias):
        return fold(item.args["alias"], catalog.dialect)
    if isinstance(item, exp.Column):
        return fold(item.this, catalog.dialect)
    if isinstance(item, exp.Cast) and isinstance(item.this, exp.Column):
        return fold(item.this.this, catalog.dialect)
    return item.sql(dialect=catalog.dialect).split("(")[0].split(" ")[0].lower()
