"""What a statement may do inside DuckDB, read from DuckDB's own parse of it.

DuckDB has no authorizer. So the statement sees an empty database with one view for each table that it may
read, over a file attached under a name nobody can guess; and its tree must hold nothing that tells names.
"""

import json
import re
from collections.abc import Iterator, Set
from typing import Any

import duckdb

from store.errors import QueryFailed

# Functions that make rows of nothing but their arguments.
_TABLE_FUNCTIONS = frozenset(
    {"range", "generate_series", "unnest", "json_each", "json_tree", "regexp_split_to_table"}
)
# What may stand in FROM beside tables and functions.
_SOURCES = frozenset({"JOIN", "SUBQUERY", "EXPRESSION_LIST", "PIVOT", "EMPTY", "COLUMN_DATA", "CTE"})
# Functions that tell of the machine, the settings and the names, run texts, or change something.
_FORBIDDEN = re.compile(
    r"duckdb_|pragma_|read_|query|sqlite_|json_execute|getenv|getvariable|current_setting|nextval|currval"
    r"|write_log|which_secret|glob$|sniff_|parquet_|.*_scan$|scan_|txid_|checkpoint|in_search_path|has_"
)
# The same for what DuckDB cannot show as a tree: any word of the text.
_WORDS = re.compile(
    r"\b(duckdb_\w*|pragma\w*|read_\w*|query\w*|sqlite_\w*|json_execute\w*|getenv|getvariable|current_setting"
    r"|nextval|currval|write_log|which_secret|glob|sniff_\w*|\w*_scan|information_schema|pg_catalog"
    r"|show|describe|desc|summarize|attach|copy|set|call|create|insert|update|delete|drop)\b"
)
_TREE = "SELECT json_serialize_sql(?::VARCHAR)"
_NOT_ALLOWED = "The query does something else than reading the tables it may."


def check(session: duckdb.DuckDBPyConnection, sql: str, known: Set[str]) -> None:
    """Raise `QueryFailed` unless it is one query over tables of these bare names, in small letters."""
    statements = session.extract_statements(sql)
    kinds = [statement.type for statement in statements]
    if kinds == [duckdb.StatementType.SELECT]:
        if _is_clean(session, sql, known):
            return
    elif kinds == [duckdb.StatementType.MULTI] and not _WORDS.search(sql.lower()):
        # PIVOT without a list of values: DuckDB looks for them first, in a statement of its own.
        return
    raise QueryFailed(sql, "permission", _NOT_ALLOWED)


def _is_clean(session: duckdb.DuckDBPyConnection, sql: str, known: Set[str]) -> bool:
    (text,) = session.execute(_TREE, [sql]).fetchone() or ("{}",)
    tree = json.loads(text)
    if tree.get("error", True):
        raise QueryFailed(sql, "syntax", str(tree.get("error_message", "It cannot be read.")))
    named = known | {str(entry["key"]).lower() for entry in _ctes(tree)}
    return all(_is_allowed(node, named) for node in _nodes(tree))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of the tree. A loop, for a tree may be deeper than Python may call."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _ctes(tree: Any) -> Iterator[dict[str, Any]]:
    for node in _nodes(tree):
        if isinstance(node.get("cte_map"), dict):
            yield from node["cte_map"].get("map", ())


def _is_allowed(node: dict[str, Any], named: Set[str]) -> bool:
    """Judge one node by its own words; its parts are judged by themselves."""
    sort = node.get("type")
    if sort == "BASE_TABLE":
        return not node.get("catalog_name") and str(node.get("table_name", "")).lower() in named
    if sort == "TABLE_FUNCTION":
        return str(node["function"].get("function_name", "")).lower() in _TABLE_FUNCTIONS
    if "sample" in node and sort not in ("SELECT_NODE", *_SOURCES):
        # Each source of rows can be sampled: this is one that we do not know, such as SHOW.
        return False
    name = str(node.get("function_name", "")).lower()
    return not _FORBIDDEN.match(name)
