"""A DuckDB file as a target."""

import asyncio
import json
import shutil
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from store.access.approved_query import Approved, values_of
from store.catalog import Catalog, Dialect, Table
from store.errors import BadConnection
from store.rows import Limits, Rows
from store.targets.change_detection import DUCKDB_COUNTS, trace_file
from store.targets.duckdb.session import TRUSTED, File, Query, quote
from store.targets.duckdb.worker import Request
from store.targets.processes.executor import Confined, Deadline
from store.targets.profiling import SAMPLE, VALUES, as_text, every_nth, profile_columns
from store.targets.target import ColumnProfile, Estimate, Traces


class DuckdbTarget:
    """Reads a DuckDB file. Every statement has its own session, in a process that can be killed."""

    dialect: Dialect = "duckdb"

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadConnection(f"There is no file {path.name!r} to open as a DuckDB database.")
        # What a killed process leaves on the disk goes with this object.
        scratch = Path(mkdtemp(prefix="querent-duckdb-"))
        self._clean_up = weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        self._file = File(path.absolute(), scratch)
        self._confined = Confined("store.targets.duckdb.worker:work")

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        catalog = await self._ask(Request(self._file, SAMPLE))
        assert isinstance(catalog, Catalog)
        return catalog

    async def traces(self) -> Traces:
        """Tell whether the file has changed: DuckDB does not say which of its tables was written to."""
        return Traces(whole=await asyncio.to_thread(trace_file, self._file.path, DUCKDB_COUNTS, ".wal"))

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Look at a bounded number of rows of a table. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = ", ".join(quote(column.name) for column in table.columns)
        sql = f"SELECT {columns} FROM {_name(table)}"
        step = 1 if table.is_view else every_nth(table.row_estimate)
        if step > 1:
            sql += f" WHERE rowid % {step} = 0"
        rows = await self._run(Query(sql), SAMPLE)
        return profile_columns(table.columns, rows.values, most, whole=step == 1 and not rows.truncated)

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name up to `most` distinct values of a column. Raises as `profile`."""
        name, limit = quote(column), int(most)
        sql = f"SELECT DISTINCT {name} FROM {_name(table)} WHERE {name} IS NOT NULL LIMIT {limit}"
        return sorted(as_text(value) for (value,) in (await self._run(Query(sql), VALUES)).values)

    async def explain(self, approved: Approved) -> Estimate:
        """Let DuckDB plan the query without running it. Raises as `run`."""
        rows = await self._ask(Request(self._file, SAMPLE, _query(approved), "plan"))
        assert isinstance(rows, Rows)
        return Estimate(rows=_planned_rows(rows), cost=None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run it; cancelling the task ends it. Raises `QueryFailed`, `TargetUnavailable`."""
        return await self._run(_query(approved), limits)

    async def close(self) -> None:
        """Let go of threads, processes and what they left on the disk."""
        await self._confined.close()
        self._clean_up()

    async def _run(self, query: Query, limits: Limits) -> Rows:
        rows = await self._ask(Request(self._file, limits, query))
        assert isinstance(rows, Rows)
        return rows

    async def _ask(self, request: Request) -> object:
        sql = request.query.sql if request.query else ""
        return await self._confined.ask(request, Deadline(sql, request.limits.seconds))


def _query(approved: Approved) -> Query:
    return Query(approved.sql, frozenset(approved.tables), values_of(approved))


def _name(table: Table) -> str:
    return ".".join((TRUSTED, quote(table.schema or "main"), quote(table.name)))


def _planned_rows(rows: Rows) -> int | None:
    """The most rows that any step of the plan expects to give."""
    told = [json.loads(value) for row in rows.values for value in row[1:2]]
    counts = [int(count) for plan in told for count in _counts(plan)]
    return max(counts, default=None)


def _counts(part: Any) -> Iterator[str]:
    for node in part if isinstance(part, list) else [part]:
        count = str(node.get("extra_info", {}).get("Estimated Cardinality", ""))
        if count.isdigit():
            yield count
        yield from _counts(node.get("children", []))
