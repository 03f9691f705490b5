"""Judging queries by the line, without a database: for tests, editors and pipelines."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.catalog import Catalog, Column, Dialect, Table
from store.targets.sqlite_kinds import kind_of_declaration

# The schema that a bare name means, where an engine has one by default.
_HOME: dict[Dialect, str | None] = {"postgres": "public", "sqlite": "main", "duckdb": "main", "mysql": None}


class _Column(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    type: str = ""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    columns: list[_Column]
    rows: int | None = None


class _Catalog(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tables: list[_Table]


def read_catalog(data: Any, dialect: Dialect) -> Catalog:
    """Read `{"tables": [{"name": "public.orders", "columns": [{"name": "id", "type": "integer"}]}]}`.

    A table may say how many `rows` it has. Raises `ValueError` for anything else.
    """
    tables = tuple(_read_table(table, dialect) for table in _Catalog.model_validate(data).tables)
    schemas = {table.schema for table in tables}
    home = _HOME[dialect] or (schemas.pop() if len(schemas) == 1 else None)
    return Catalog(dialect, tables, None if dialect == "sqlite" else home)


def check_lines(lines: Iterable[str], catalog: Catalog) -> Iterator[dict[str, str]]:
    """Judge one query a line: bare SQL, or JSON (text, or an object with `sql`). Empty lines are left out."""
    for line in lines:
        if line.strip():
            yield _check(_read_line(line), catalog)


def _read_table(table: _Table, dialect: Dialect) -> Table:
    schema, _, name = table.name.rpartition(".")
    home = _HOME[dialect]
    columns = tuple(
        Column(column.name, column.type, kind_of_declaration(column.type)) for column in table.columns
    )
    # SQLite's own name for the file is no schema.
    written = None if dialect == "sqlite" and schema in ("", home) else schema or home
    return Table(written, name, columns, row_estimate=table.rows)


def _read_line(line: str) -> str:
    """The query in a line; an empty one, to be rejected, in JSON that holds none."""
    try:
        data = json.loads(line)
    except ValueError:
        return line
    if isinstance(data, dict):
        data = data.get("sql")
    return data if isinstance(data, str) else ""


def _check(sql: str, catalog: Catalog) -> dict[str, str]:
    verdict = judge(sql, catalog)
    if isinstance(verdict, Rejected):
        return {
            "verdict": "rejected",
            "layer": verdict.layer,
            "class": verdict.kind,
            "reason": verdict.reason,
        }
    return {"verdict": "approved", "sql": verdict.sql}
