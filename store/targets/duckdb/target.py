"""Target implementation for DuckDB files."""

import asyncio
import json
import shutil
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from store.access.approved_query import Approved, bind_values
from store.catalog import Catalog, Dialect, Table
from store.errors import InvalidConnection
from store.rows import Limits, Rows
from store.targets.change_detection import DUCKDB_HEADERS, file_change_token
from store.targets.duckdb.session import TRUSTED_ALIAS, DuckdbFile, DuckdbQuery, quote
from store.targets.duckdb.worker import DuckdbRequest
from store.targets.processes.pool import ProcessExecutor
from store.targets.profiling import (
    CATALOG_LIMITS,
    SAMPLE_LIMITS,
    VALUE_LIMITS,
    as_text,
    profile_columns,
    sample_step,
)
from store.targets.target import ChangeTokens, ColumnProfile, Estimate


class DuckdbTarget:
    """Target that reads a DuckDB file. Each statement has its own session in a killable process."""

    dialect: Dialect = "duckdb"

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InvalidConnection(f"There is no file {path.name!r} to open as a DuckDB database.")
        # Removed with this object, together with the files that killed processes leave behind.
        temp_directory = Path(mkdtemp(prefix="querent-duckdb-"))
        self._remove_temp_directory = weakref.finalize(
            self, shutil.rmtree, temp_directory, ignore_errors=True
        )
        self._file = DuckdbFile(path.absolute(), temp_directory)
        self._executor = ProcessExecutor("store.targets.duckdb.worker:handle_request")

    async def catalog(self) -> Catalog:
        """Read tables, columns and keys. Raises `TargetUnavailable`."""
        request = DuckdbRequest(self._file, CATALOG_LIMITS)
        return await self._executor.read_catalog(request, CATALOG_LIMITS.seconds)

    async def change_tokens(self) -> ChangeTokens:
        """Return one token for the whole file: DuckDB does not tell which table was written to."""
        path = self._file.path
        return ChangeTokens(database=await asyncio.to_thread(file_change_token, path, DUCKDB_HEADERS, ".wal"))

    async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
        """Profile each column over a bounded sample of rows. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = ", ".join(quote(column.name) for column in table.columns)
        sql = f"SELECT {columns} FROM {_qualified_name(table)}"
        step = 1 if table.is_view else sample_step(table.row_estimate)
        if step > 1:
            sql += f" WHERE rowid % {step} = 0"
        rows = await self._run(DuckdbQuery(sql), SAMPLE_LIMITS)
        return profile_columns(
            table.columns, rows.values, max_values, complete=step == 1 and not rows.truncated
        )

    async def distinct_values(self, table: Table, column: str, limit: int) -> Sequence[str]:
        """Return up to `limit` distinct values of a column. Raises as `profile`."""
        name, limit = quote(column), int(limit)
        sql = f"SELECT DISTINCT {name} FROM {_qualified_name(table)} WHERE {name} IS NOT NULL LIMIT {limit}"
        return sorted(as_text(value) for (value,) in (await self._run(DuckdbQuery(sql), VALUE_LIMITS)).values)

    async def explain(self, approved: Approved) -> Estimate:
        """Plan the query without running it. Raises as `run`."""
        request = DuckdbRequest(self._file, SAMPLE_LIMITS, _to_query(approved), "plan")
        rows = await self._executor.fetch_rows(request, approved.sql, SAMPLE_LIMITS.seconds)
        return Estimate(rows=_planned_rows(rows), cost=None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run the query; cancelling the task kills its process. Raises `QueryFailed`, `TargetUnavailable`."""
        return await self._run(_to_query(approved), limits)

    async def close(self) -> None:
        """Stop threads and processes, and remove the temporary folder."""
        await self._executor.close()
        self._remove_temp_directory()

    async def _run(self, query: DuckdbQuery, limits: Limits) -> Rows:
        request = DuckdbRequest(self._file, limits, query)
        return await self._executor.fetch_rows(request, query.sql, limits.seconds)


def _to_query(approved: Approved) -> DuckdbQuery:
    return DuckdbQuery(approved.sql, frozenset(approved.tables), bind_values(approved))


def _qualified_name(table: Table) -> str:
    return ".".join((TRUSTED_ALIAS, quote(table.schema or "main"), quote(table.name)))


def _planned_rows(rows: Rows) -> int | None:
    """Return the largest estimated cardinality of any operator of the plan."""
    plans = [json.loads(value) for row in rows.values for value in row[1:2]]
    return max((count for plan in plans for count in _cardinalities(plan)), default=None)


def _cardinalities(plan: Any) -> Iterator[int]:
    for node in plan if isinstance(plan, list) else [plan]:
        cardinality = str(node.get("extra_info", {}).get("Estimated Cardinality", ""))
        if cardinality.isdigit():
            yield int(cardinality)
        yield from _cardinalities(node.get("children", []))
