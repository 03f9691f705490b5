"""Judging queries by the line, without a database: for tests, editors and pipelines."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from agent.guard.row_security.enforce import View, judge_for, view_of
from agent.guard.row_security.parameters import SALT
from agent.guard.verdict import Rejected
from store.access.approved_query import Parameter
from store.access.roles import Access
from store.catalog import Catalog, Column, Dialect, Table
from store.targets.sqlite.type_mapping import kind_of_declaration

# The schema that a bare name means, where an engine has one by default.
_HOME: dict[Dialect, str | None] = {"postgres": "public", "sqlite": "main", "duckdb": "main", "mysql": None}


class _Column(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    type: str = ""
    tags: tuple[str, ...] = ()


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    columns: list[_Column]
    rows: int | None = None
    tags: tuple[str, ...] = ()


class _Catalog(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tables: list[_Table]


def read_catalog(data: Any, dialect: Dialect) -> Catalog:
    """Read `{"tables": [{"name": "public.orders", "columns": [{"name": "id", "type": "integer"}]}]}`.

    A table may say how many `rows` it has; it and its columns may have `tags`. Raises `ValueError` for
    anything else.
    """
    tables = tuple(_read_table(table, dialect) for table in _Catalog.model_validate(data).tables)
    schemas = {table.schema for table in tables}
    home = _HOME[dialect] or (schemas.pop() if len(schemas) == 1 else None)
    return Catalog(dialect, tables, None if dialect == "sqlite" else home)


def check_lines(
    lines: Iterable[str], catalog: Catalog, access: Access | None = None
) -> Iterator[dict[str, Any]]:
    """Judge one query a line: bare SQL, or JSON (text, or an object with `sql`). Empty lines are left out.

    With an access, what it hides is hidden, and its rules and masks are put into what is approved.
    """
    view = view_of(catalog, access)
    for line in lines:
        if line.strip():
            yield _check(_read_line(line), view)


def _read_table(table: _Table, dialect: Dialect) -> Table:
    schema, _, name = table.name.rpartition(".")
    home = _HOME[dialect]
    columns = tuple(
        Column(column.name, column.type, kind_of_declaration(column.type), tags=column.tags)
        for column in table.columns
    )
    # SQLite's own name for the file is no schema.
    written = None if dialect == "sqlite" and schema in ("", home) else schema or home
    return Table(written, name, columns, row_estimate=table.rows, tags=table.tags)


def _read_line(line: str) -> str:
    """The query in a line; an empty one, to be rejected, in JSON that holds none."""
    try:
        data = json.loads(line)
    except ValueError:
        return line
    if isinstance(data, dict):
        data = data.get("sql")
    return data if isinstance(data, str) else ""


def _check(sql: str, view: View) -> dict[str, Any]:
    verdict = judge_for(sql, view)
    if isinstance(verdict, Rejected):
        return {
            "verdict": "rejected",
            "layer": verdict.layer,
            "class": verdict.kind,
            "reason": verdict.reason,
        }
    if verdict.asked is None:
        return {"verdict": "approved", "sql": verdict.sql}
    return {
        "verdict": "approved",
        "sql": verdict.sql,
        "parameters": [_told(parameter) for parameter in verdict.parameters],
        "asked": verdict.asked,
    }


def _told(parameter: Parameter) -> dict[str, Any]:
    """A parameter by its name; what hashes are salted with is nobody's to know."""
    return {"name": parameter.name} | ({} if parameter.name == SALT else {"value": parameter.value})
