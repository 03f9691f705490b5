"""Statement sandbox for DuckDB, based on DuckDB's own syntax tree.

DuckDB has no authorizer. Therefore the statement runs in an empty database with one view per readable table,
over a file attached under a random name, and its tree must not contain functions that reveal names.
"""

import json
import re
from collections.abc import Iterator, Set
from typing import Any

import duckdb

from store.errors import QueryFailed

# Table functions that compute rows from their arguments only.
_TABLE_FUNCTIONS = frozenset(
    {"range", "generate_series", "unnest", "json_each", "json_tree", "regexp_split_to_table"}
)
# Node types allowed in FROM beside tables and functions.
_SOURCES = frozenset({"JOIN", "SUBQUERY", "EXPRESSION_LIST", "PIVOT", "EMPTY", "COLUMN_DATA", "CTE"})
# Functions that reveal files, settings or names, run SQL text, or have side effects.
_FORBIDDEN = re.compile(
    r"duckdb_|pragma_|read_|query|sqlite_|json_execute|getenv|getvariable|current_setting|nextval|currval"
    r"|write_log|which_secret|glob$|sniff_|parquet_|.*_scan$|scan_|txid_|checkpoint|in_search_path|has_"
)
# The same for statements that DuckDB cannot serialize as a tree: forbidden anywhere in the text.
_WORDS = re.compile(
    r"\b(duckdb_\w*|pragma\w*|read_\w*|query\w*|sqlite_\w*|json_execute\w*|getenv|getvariable|current_setting"
    r"|nextval|currval|write_log|which_secret|glob|sniff_\w*|\w*_scan|information_schema|pg_catalog"
    r"|show|describe|desc|summarize|attach|copy|set|call|create|insert|update|delete|drop)\b"
)
_TREE = "SELECT json_serialize_sql(?::VARCHAR)"
_NOT_ALLOWED = "The query may only read the tables listed in the schema."


def check_statement(session: duckdb.DuckDBPyConnection, sql: str, tables: Set[str]) -> None:
    """Raise `QueryFailed` unless the SQL is one query over these tables (unqualified, lower case)."""
    statements = session.extract_statements(sql)
    kinds = [statement.type for statement in statements]
    if kinds == [duckdb.StatementType.SELECT]:
        if _is_permitted(session, sql, tables):
            return
    elif kinds == [duckdb.StatementType.MULTI] and not _WORDS.search(sql.lower()):
        # PIVOT without a list of values: DuckDB reads the values first, in a separate statement.
        return
    raise QueryFailed(sql, "permission", _NOT_ALLOWED)


def _is_permitted(session: duckdb.DuckDBPyConnection, sql: str, tables: Set[str]) -> bool:
    (text,) = session.execute(_TREE, [sql]).fetchone() or ("{}",)
    tree = json.loads(text)
    if tree.get("error", True):
        raise QueryFailed(sql, "syntax", str(tree.get("error_message", "The query cannot be parsed.")))
    sources = tables | {str(entry["key"]).lower() for entry in _ctes(tree)}
    return all(_is_allowed(node, sources) for node in _nodes(tree))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Iterate over all objects of the tree; not recursively, since it may exceed the recursion limit."""
    stack = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            yield part
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)


def _ctes(tree: Any) -> Iterator[dict[str, Any]]:
    for node in _nodes(tree):
        if isinstance(node.get("cte_map"), dict):
            yield from node["cte_map"].get("map", ())


def _is_allowed(node: dict[str, Any], sources: Set[str]) -> bool:
    """Check one node, without its children."""
    node_type = node.get("type")
    if node_type == "BASE_TABLE":
        return not node.get("catalog_name") and str(node.get("table_name", "")).lower() in sources
    if node_type == "TABLE_FUNCTION":
        return str(node["function"].get("function_name", "")).lower() in _TABLE_FUNCTIONS
    if "sample" in node and node_type not in ("SELECT_NODE", *_SOURCES):
        # Every row source has a sample clause: this one is of an unknown type, such as SHOW.
        return False
    name = str(node.get("function_name", "")).lower()
    return not _FORBIDDEN.match(name)
