"""Statement checks for MySQL: the last validation before any statement is sent.

A read-only transaction does not prevent a query from writing files, taking locks or reading system tables, if
the user has the privileges. The text is tokenized as the server does in the SQL mode of the session.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from store.errors import QueryFailed

# Backslashes escape, and double quotes delimit strings: `session.py` sets the corresponding SQL mode.
_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
  | (?P<name>`(?:[^`]|``)*`)
  | (?P<comment>/\*|\#|--(?=[\s\x00-\x1f]|$))
  | (?P<word>[0-9A-Za-z_$\u0080-\U0010ffff]+)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SYSTEM_SCHEMAS = frozenset({"mysql", "information_schema", "performance_schema", "sys"})
# Keywords that no reading query needs. INTO writes files and variables.
_FORBIDDEN_WORDS = frozenset({"into", "outfile", "dumpfile", "handler", "sql_calc_found_rows"})
_FORBIDDEN_PAIRS = frozenset(
    {("for", "update"), ("for", "share"), ("lock", "in"), ("procedure", "analyse"), ("next", "value")}
    | {("previous", "value")}
)
# Functions that read files, wait, take locks, reveal the session, or change a session or sequence.
_FORBIDDEN_FUNCTIONS = frozenset(
    {
        "load_file",
        "sleep",
        "benchmark",
        "get_lock",
        "release_lock",
        "release_all_locks",
        "is_free_lock",
        "is_used_lock",
        "master_pos_wait",
        "master_gtid_wait",
        "source_pos_wait",
        "wait_for_executed_gtid_set",
        "nextval",
        "setval",
        "lastval",
        "last_insert_id",
        "uuid_short",
        "sys_exec",
        "sys_eval",
        "sys_get",
        "sys_set",
        "database",
        "schema",
        "user",
        "current_user",
        "session_user",
        "system_user",
        "version",
        "connection_id",
        "found_rows",
        "row_count",
        "current_role",
    }
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def check_statement(sql: str) -> None:
    """Raise `QueryFailed` (permission) unless the SQL is a single query that only reads tables."""
    tokens = list(_tokenize(sql))
    words = [token.text if token.kind in ("word", "name") else "" for token in tokens]
    is_parenthesis = [token.text == "(" and token.kind == "sign" for token in tokens]
    first = next((token.text for token in tokens if token.text != "("), "")
    forbidden = (
        first not in ("select", "with")
        or any(_is_forbidden(token) for token in tokens)
        or any(pair in _FORBIDDEN_PAIRS for pair in pairwise(words))
        or any(
            word in _FORBIDDEN_FUNCTIONS and is_call
            for word, is_call in zip(words, is_parenthesis[1:], strict=False)
        )
        or any(
            word in _SYSTEM_SCHEMAS and token.text == "."
            for word, token in zip(words, tokens[1:], strict=False)
        )
    )
    if forbidden:
        raise QueryFailed(sql, "permission", "The query may only read the tables listed in the schema.")


def _tokenize(sql: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or "sign"
        if kind == "name":
            yield _Token(kind, match.group()[1:-1].replace("``", "`").lower())
        elif kind != "space":
            yield _Token(kind, match.group().lower())


def _is_forbidden(token: _Token) -> bool:
    """Tell whether it is a semicolon, a variable, a comment, an unclosed quote or a forbidden keyword."""
    if token.kind == "sign":
        return token.text in ";@'\"`\x00"
    return token.kind == "comment" or (token.kind == "word" and token.text in _FORBIDDEN_WORDS)
