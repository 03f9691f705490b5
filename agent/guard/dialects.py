"""Dialect settings: the sqlglot dialect of each engine, and how it folds the case of identifiers."""

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlglotDialect

from store.catalog import Dialect

ENGINES: dict[Dialect, SqlglotDialect] = {
    name: SqlglotDialect.get_or_raise(name) for name in ("postgres", "sqlite", "mysql", "duckdb")
}
# MySQL tables are files, whose names may differ only in case.
_CASE_SENSITIVE_TABLES: frozenset[Dialect] = frozenset({"mysql"})


def fold(identifier: exp.Expr, dialect: Dialect, *, table: bool = False) -> str:
    """Return the name that the engine would look up for an identifier in a query."""
    name = identifier.name
    if dialect == "postgres":
        return name if identifier.args.get("quoted") else name.lower()
    return fold_known(name, dialect, table=table)


def fold_known(name: str, dialect: Dialect, *, table: bool = False) -> str:
    """Fold a name taken from the catalog, where its case is authoritative."""
    if dialect == "postgres" or (table and dialect in _CASE_SENSITIVE_TABLES):
        return name
    return name.lower()
