"""What a statement to MySQL must not hold, whoever wrote it: the last look before it is sent.

A read-only transaction lets a query write files, take locks and read the server's own tables, where
the user may. The text is cut up as the server does it, in the SQL mode that we set.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from store.errors import QueryFailed

# Backslashes escape and double quotes are texts: `mysql_session.py` sets the mode in which this is so.
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
_SYSTEM = frozenset({"mysql", "information_schema", "performance_schema", "sys"})
# Words that no query needs that only reads. INTO writes files and variables.
_WORDS = frozenset({"into", "outfile", "dumpfile", "handler", "sql_calc_found_rows"})
_PAIRS = frozenset(
    {("for", "update"), ("for", "share"), ("lock", "in"), ("procedure", "analyse"), ("next", "value")}
    | {("previous", "value")}
)
# Calls that read files, wait, take locks or change the state of the session or of a sequence.
_CALLS = frozenset(
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


def check(sql: str) -> None:
    """Raise `QueryFailed` (permission) unless this is one query that touches nothing but tables."""
    tokens = list(_cut(sql))
    words = [token.text if token.kind in ("word", "name") else "" for token in tokens]
    opens = [token.text == "(" and token.kind == "sign" for token in tokens]
    begins = next((token.text for token in tokens if token.text != "("), "")
    forbidden = (
        begins not in ("select", "with")
        or any(_is_forbidden(token) for token in tokens)
        or any(pair in _PAIRS for pair in pairwise(words))
        or any(word in _CALLS and opened for word, opened in zip(words, opens[1:], strict=False))
        or any(word in _SYSTEM and token.text == "." for word, token in zip(words, tokens[1:], strict=False))
    )
    if forbidden:
        raise QueryFailed(sql, "permission", "The query does something else than reading tables.")


def _cut(sql: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(sql):
        kind = found.lastgroup or "sign"
        if kind == "name":
            yield _Token(kind, found.group()[1:-1].replace("``", "`").lower())
        elif kind != "space":
            yield _Token(kind, found.group().lower())


def _is_forbidden(token: _Token) -> bool:
    """An end of the statement, a variable, a comment, an open quote, or a word that leads elsewhere."""
    if token.kind == "sign":
        return token.text in ";@'\"`\x00"
    return token.kind == "comment" or (token.kind == "word" and token.text in _WORDS)
