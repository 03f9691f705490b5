"""Which column a name in a query means."""

from sqlglot import exp

from agent.guard.dialects import fold
from agent.guard.names.scopes import Columns, Scope
from agent.guard.names.suggestions import near_columns
from agent.guard.parsing.parser import NAME_FOR_SURE
from agent.guard.verdict import Refused
from store.catalog import Catalog

# Functions that may be given a whole row; any other one could be a column in disguise.
_OF_ROWS = frozenset(
    {"row_to_json", "to_json", "to_jsonb", "json_agg", "jsonb_agg", "count", "array_agg", "row"}
)
# Bare, PostgreSQL takes these for calls.
_CALLS_IN_DISGUISE = frozenset(
    {"user", "current_role", "current_user", "session_user", "current_catalog", "system_user"}
)
_ROW_NUMBERS = frozenset({"rowid", "oid", "_rowid_"})


def check_column(column: exp.Column, scope: Scope, catalog: Catalog) -> None:
    """Refuse a column that no source in reach gives. Raises `Refused`."""
    dialect = catalog.dialect
    if column.args.get("catalog"):
        raise Refused("names", "unknown_column", "A column may be named by its table, not from further away.")
    qualifier = fold(column.args["table"], dialect) if column.args.get("table") else None
    if isinstance(column.this, exp.Star):
        if qualifier is not None and scope.source(qualifier) is None:
            raise _unknown(column, scope, catalog)
        if dialect == "postgres" and isinstance(column.parent, exp.Func) and not _is_given_to_rows(column):
            raise Refused("names", "whole_row", "A whole row may not be given to this function.")
        return
    name = fold(column.this, dialect)
    if qualifier is None and dialect == "postgres" and name in _CALLS_IN_DISGUISE:
        column.this.set("quoted", True)
    if not _is_known(column, qualifier, name, scope, catalog):
        if _is_text(column, catalog):
            column.replace(exp.Literal.string(column.name))
            return
        raise _unknown(column, scope, catalog)


def _is_known(column: exp.Column, qualifier: str | None, name: str, scope: Scope, catalog: Catalog) -> bool:
    dialect = catalog.dialect
    if qualifier is None:
        if scope.knows(name) or (dialect == "sqlite" and name in _ROW_NUMBERS):
            return True
        return dialect == "postgres" and scope.source(name) is not None and _is_given_to_rows(column)
    source = scope.source(qualifier)
    if source is None:
        # DuckDB reaches into structures with the same dot.
        return dialect == "duckdb" and scope.knows(qualifier)
    return source.has(name) or (dialect == "sqlite" and name in _ROW_NUMBERS)


def _is_given_to_rows(column: exp.Column) -> bool:
    call = column.parent
    while isinstance(call, exp.Distinct | exp.Order | exp.Ordered):
        call = call.parent
    if isinstance(call, exp.Anonymous):
        return call.name.lower() in _OF_ROWS
    return isinstance(call, exp.Count | exp.JSONArrayAgg | exp.ArrayAgg)


def _is_text(column: exp.Column, catalog: Catalog) -> bool:
    """SQLite reads an unknown name in double quotes as text; where it is shown, it is more likely a slip."""
    if catalog.dialect != "sqlite" or column.args.get("table") or not column.this.args.get("quoted"):
        return False
    return (
        not column.this.meta.get(NAME_FOR_SURE)
        and not isinstance(column.parent, exp.Select | exp.Ordered | exp.Group | exp.Alias)
        and "(" not in column.name
    )


def _unknown(column: exp.Column, scope: Scope, catalog: Catalog) -> Refused:
    written = ".".join(part.name for part in column.parts)
    hint = near_columns(column.name, scope, catalog)
    return Refused("names", "unknown_column", f"There is no column {written!r} in these tables.", hint)


def output_names(select: exp.Select, scope: Scope, catalog: Catalog) -> Columns:
    """Name the columns a SELECT gives to the query around it."""
    names: list[str] = []
    for item in select.expressions:
        starred = _starred(item, scope, catalog)
        if starred is None:
            return None
        names.extend(starred or [_name(item, catalog)])
    return tuple(names)


def _starred(item: exp.Expr, scope: Scope, catalog: Catalog) -> list[str] | None:
    """The columns a star stands for; none for anything else, None where only the engine knows."""
    if isinstance(item, exp.Star):
        star, sources = item, list(scope.sources.values())
    elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        star = item.this
        found = scope.source(fold(item.args["table"], catalog.dialect))
        sources = [found] if found else []
    else:
        return []
    if any(source.columns is None for source in sources):
        return None
    renamed = [fold(alias.args["alias"], catalog.dialect) for alias in star.args.get("rename") or ()]
    return [column for source in sources for column in source.columns or ()] + renamed


def _name(item: exp.Expr, catalog: Catalog) -> str:
    """An alias, a column's own name, or what the engine calls an expression without a name."""
    if isinstance(item, exp.Alias):
        return fold(item.args["alias"], catalog.dialect)
    if isinstance(item, exp.Column):
        return fold(item.this, catalog.dialect)
    if isinstance(item, exp.Cast) and isinstance(item.this, exp.Column):
        return fold(item.this.this, catalog.dialect)
    return item.sql(dialect=catalog.dialect).split("(")[0].split(" ")[0].lower()
