"""What a statement may do inside SQLite, asked of SQLite itself while it prepares the statement."""

import sqlite3
from collections.abc import Callable, Set

_MOST = {
    sqlite3.SQLITE_LIMIT_LENGTH: 16_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
# Files, extensions, and what tells about the library instead of the data.
_FORBIDDEN = ("load_extension", "readfile", "writefile", "edit", "sqlite_", "fts", "rtree")
_TABLE_FUNCTIONS = frozenset({"json_each", "json_tree"})
_VIEWS = "SELECT name FROM sqlite_schema WHERE type = 'view'"

# What SQLite says when it asks: the action, two names, the file, and the view (or sub-query) it comes from.
_Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def confine(session: sqlite3.Connection, tables: Set[str] | None, values: int = 0) -> None:
    """Set the limits and let only reading through: of these tables, or of all where none are named.

    A statement has as many placeholders as there are `values` for it.
    """
    allows = _only_reads(None if tables is None else _readable(session, tables))
    for limit, most in _MOST.items():
        session.setlimit(limit, most)
    session.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, values)
    session.set_authorizer(allows)


def _readable(session: sqlite3.Connection, tables: Set[str]) -> Set[tuple[str, str]]:
    """Pairs of a view and a table it reads; a table that may be read by itself comes with no view."""
    named = {table.lower() for table in tables}
    readable = {("", name) for name in named | _TABLE_FUNCTIONS}
    for (view,) in session.execute(_VIEWS).fetchall():
        if view.lower() in named:
            readable |= _read_by(session, view)
    return readable


def _read_by(session: sqlite3.Connection, view: str) -> Set[tuple[str, str]]:
    """Let SQLite plan the view, and note what it asks for."""
    noted: set[tuple[str, str]] = set()

    def note(action: int, table: str | None, _: str | None, file: str | None, inside: str | None) -> int:
        if action == sqlite3.SQLITE_READ and file is not None and inside:
            noted.add((inside.lower(), (table or "").lower()))
        return sqlite3.SQLITE_OK

    session.set_authorizer(note)
    quoted = '"' + view.replace('"', '""') + '"'
    session.execute(f"EXPLAIN SELECT * FROM {quoted}").close()
    session.set_authorizer(None)
    return noted


def _only_reads(readable: Set[tuple[str, str]] | None) -> _Authorizer:
    def allows(action: int, table: str | None, name: str | None, file: str | None, inside: str | None) -> int:
        match action:
            case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_RECURSIVE:
                allowed = True
            case sqlite3.SQLITE_FUNCTION:
                allowed = not (name or "").lower().startswith(_FORBIDDEN)
            case sqlite3.SQLITE_READ:
                # Without a file it is the result of a sub-query, whose own reads are asked about apart.
                asked = (table or "").lower()
                pairs = {("", asked), ((inside or "").lower(), asked)}
                allowed = readable is None or file is None or not pairs.isdisjoint(readable)
            case _:
                allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    return allows
