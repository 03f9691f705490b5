"""Statement sandbox for SQLite: limits, and an authorizer that only permits reading certain tables."""

import sqlite3
from collections.abc import Callable, Set

from store.targets.sqlite.catalog import quote

_SQLITE_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 16_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
# Functions for files, extensions and information about the library.
_FORBIDDEN_FUNCTIONS = ("load_extension", "readfile", "writefile", "edit", "sqlite_", "fts", "rtree")
_TABLE_FUNCTIONS = frozenset({"json_each", "json_tree"})
_VIEWS = "SELECT name FROM sqlite_schema WHERE type = 'view'"

# Arguments: the action, two names, the attached file, and the view or subquery that caused the access.
_Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def restrict_session(session: sqlite3.Connection, tables: Set[str] | None, values: int = 0) -> None:
    """Set limits and an authorizer for reading these tables only; None permits all tables.

    The statement may have `values` placeholders.
    """
    authorize = _read_authorizer(None if tables is None else _readable_pairs(session, tables))
    for limit, value in _SQLITE_LIMITS.items():
        session.setlimit(limit, value)
    session.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, values)
    session.set_authorizer(authorize)


def _readable_pairs(session: sqlite3.Connection, tables: Set[str]) -> Set[tuple[str, str]]:
    """Return (view, table) pairs that may be read; the view is empty for a table read directly."""
    names = {table.lower() for table in tables}
    readable = {("", name) for name in names | _TABLE_FUNCTIONS}
    for (view,) in session.execute(_VIEWS).fetchall():
        if view.lower() in names:
            readable |= _pairs_of_view(session, view)
    return readable


def _pairs_of_view(session: sqlite3.Connection, view: str) -> Set[tuple[str, str]]:
    """Let SQLite plan the view, and record the tables that it reads."""
    pairs: set[tuple[str, str]] = set()

    def record(action: int, table: str | None, _: str | None, file: str | None, source: str | None) -> int:
        if action == sqlite3.SQLITE_READ and file is not None and source:
            pairs.add((source.lower(), (table or "").lower()))
        return sqlite3.SQLITE_OK

    session.set_authorizer(record)
    session.execute(f"EXPLAIN SELECT * FROM {quote(view)}").close()
    session.set_authorizer(None)
    return pairs


def _read_authorizer(readable: Set[tuple[str, str]] | None) -> _Authorizer:
    def authorize(
        action: int, table: str | None, name: str | None, file: str | None, source: str | None
    ) -> int:
        match action:
            case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_RECURSIVE:
                allowed = True
            case sqlite3.SQLITE_FUNCTION:
                allowed = not (name or "").lower().startswith(_FORBIDDEN_FUNCTIONS)
            case sqlite3.SQLITE_READ:
                # Without a file, it is the result of a subquery, whose own reads are authorized separately.
                table_name = (table or "").lower()
                pairs = {("", table_name), ((source or "").lower(), table_name)}
                allowed = readable is None or file is None or not pairs.isdisjoint(readable)
            case _:
                allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    return authorize
