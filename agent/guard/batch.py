"""Batch validation of queries without a database, one per line: for tests, editors and pipelines."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from agent.guard.row_security.enforce import CatalogView, judge_with_access, view_catalog
from agent.guard.row_security.parameters import SALT
from agent.guard.verdict import Rejected
from store.access.approved_query import Parameter
from store.access.roles import Access
from store.catalog import Catalog, Column, Dialect, Table
from store.targets.sqlite.catalog import kind_of_declaration

# The schema of unqualified names, for engines that have a default one.
_DEFAULT_SCHEMAS: dict[Dialect, str | None] = {
    "postgres": "public",
    "sqlite": "main",
    "duckdb": "main",
    "mysql": None,
}


class _ColumnEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    type: str = ""
    tags: tuple[str, ...] = ()


class _TableEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    columns: list[_ColumnEntry]
    rows: int | None = None
    tags: tuple[str, ...] = ()


class _CatalogFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tables: list[_TableEntry]


def read_catalog(data: Any, dialect: Dialect) -> Catalog:
    """Read `{"tables": [{"name": "public.orders", "columns": [{"name": "id", "type": "integer"}]}]}`.

    A table may have a number of `rows`; tables and columns may have `tags`. Raises `ValueError` for anything
    else.
    """
    tables = tuple(_read_table(entry, dialect) for entry in _CatalogFile.model_validate(data).tables)
    schemas = {table.schema for table in tables}
    default = _DEFAULT_SCHEMAS[dialect] or (schemas.pop() if len(schemas) == 1 else None)
    return Catalog(dialect, tables, None if dialect == "sqlite" else default)


def judge_lines(
    lines: Iterable[str], catalog: Catalog, access: Access | None = None
) -> Iterator[dict[str, Any]]:
    """Judge one query per line: bare SQL, or JSON (a string, or an object with `sql`). Skips empty lines.

    With an access, the catalog is restricted to it, and its row rules and masks are written into approved
    queries.
    """
    view = view_catalog(catalog, access)
    for line in lines:
        if line.strip():
            yield _report(_read_line(line), view)


def _read_table(entry: _TableEntry, dialect: Dialect) -> Table:
    schema, _, name = entry.name.rpartition(".")
    default = _DEFAULT_SCHEMAS[dialect]
    columns = tuple(
        Column(column.name, column.type, kind_of_declaration(column.type), tags=column.tags)
        for column in entry.columns
    )
    # SQLite's "main" is its name for the file, not a schema.
    stored_schema = None if dialect == "sqlite" and schema in ("", default) else schema or default
    return Table(stored_schema, name, columns, row_estimate=entry.rows, tags=entry.tags)


def _read_line(line: str) -> str:
    """Return the query in a line; empty, and therefore rejected, if JSON holds none."""
    try:
        data = json.loads(line)
    except ValueError:
        return line
    if isinstance(data, dict):
        data = data.get("sql")
    return data if isinstance(data, str) else ""


def _report(sql: str, view: CatalogView) -> dict[str, Any]:
    verdict = judge_with_access(sql, view)
    if isinstance(verdict, Rejected):
        return {
            "verdict": "rejected",
            "layer": verdict.layer,
            "class": verdict.kind,
            "reason": verdict.reason,
        }
    if verdict.original_sql is None:
        return {"verdict": "approved", "sql": verdict.sql}
    return {
        "verdict": "approved",
        "sql": verdict.sql,
        "parameters": [_parameter_entry(parameter) for parameter in verdict.parameters],
        "asked": verdict.original_sql,
    }


def _parameter_entry(parameter: Parameter) -> dict[str, Any]:
    """Return a parameter as JSON; the value of the salt is a secret and left out."""
    return {"name": parameter.name} | ({} if parameter.name == SALT else {"value": parameter.value})
