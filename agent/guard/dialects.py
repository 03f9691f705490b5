"""How each dialect is read: its lexer and parser, and what it makes of the case of a name."""

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as Engine

from store.catalog import Dialect

ENGINES: dict[Dialect, Engine] = {
    name: Engine.get_or_raise(name) for name in ("postgres", "sqlite", "mysql", "duckdb")
}
# MySQL's tables are files, whose names may differ in case alone.
_EXACT_TABLES: frozenset[Dialect] = frozenset({"mysql"})


def fold(identifier: exp.Expr, dialect: Dialect, *, table: bool = False) -> str:
    """Give the name the engine would look for."""
    name = identifier.name
    if dialect == "postgres":
        return name if identifier.args.get("quoted") else name.lower()
    return fold_known(name, dialect, table=table)


def fold_known(name: str, dialect: Dialect, *, table: bool = False) -> str:
    """Fold a name of the catalog, whose case is the real one."""
    if dialect == "postgres" or (table and dialect in _EXACT_TABLES):
        return name
    return name.lower()
