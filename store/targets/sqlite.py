"""A SQLite file as a target."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from store.approved import Approved
from store.catalog import Catalog, Dialect, Table
from store.errors import BadConnection, QueryFailed, TargetUnavailable
from store.rows import Limits, Rows
from store.targets.sampling import SAMPLE, as_text, every_nth, profile_columns
from store.targets.sqlite_catalog import quote
from store.targets.sqlite_work import Fault, Request
from store.targets.target import ColumnProfile, Estimate
from store.targets.workers import Workers, WorkerStopped

# More at once would only wait for the same disk and processor.
MOST = 4
MEMORY = 1_500_000_000
# SQLite looks at the clock between steps; one long step is ended from outside, this much later.
GRACE_SECONDS = 0.5


class SqliteTarget:
    """Reads a SQLite file. Every statement has its own connection, in a process that can be killed."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadConnection(f"There is no file {path.name!r} to open as a SQLite database.")
        self._path = path.absolute()
        self._workers = Workers("store.targets.sqlite_work:work", MEMORY)
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="sqlite")
        self._closed = False

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        catalog = await self._ask(Request(self._path, SAMPLE))
        assert isinstance(catalog, Catalog)
        return catalog

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Look at a bounded number of rows of a table. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = ", ".join(quote(column.name) for column in table.columns)
        sql = f"SELECT {columns} FROM {quote(table.name)}"
        if (step := every_nth(table.row_estimate)) > 1:
            numbered = f"SELECT *, row_number() OVER () AS querent_nth FROM {quote(table.name)}"
            sql = f"SELECT {columns} FROM ({numbered}) WHERE querent_nth % {step} = 0"
        rows = await self._run(sql, SAMPLE)
        return profile_columns(table.columns, rows.values, most)

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name up to `most` distinct values of a column. Raises as `profile`."""
        name, limit = quote(column), int(most)
        sql = f"SELECT DISTINCT {name} FROM {quote(table.name)} WHERE {name} IS NOT NULL LIMIT {limit}"
        return sorted(as_text(value) for (value,) in (await self._run(sql, SAMPLE)).values)

    async def explain(self, approved: Approved) -> Estimate:
        """Let SQLite plan the query; it does not say what it expects. Raises as `run`."""
        await self._run(f"EXPLAIN QUERY PLAN {approved.sql}", SAMPLE, approved)
        return Estimate(rows=None, cost=None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run it; cancelling the task stops it. Raises `QueryFailed`, `TargetUnavailable`."""
        return await self._run(approved.sql, limits, approved)

    async def close(self) -> None:
        """Let go of threads and processes."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._workers.close()

    async def _run(self, sql: str, limits: Limits, approved: Approved | None = None) -> Rows:
        tables = frozenset(approved.tables) if approved else None
        rows = await self._ask(Request(self._path, limits, sql, tables))
        assert isinstance(rows, Rows)
        return rows

    async def _ask(self, request: Request) -> object:
        if self._closed:
            raise TargetUnavailable("The database has been closed.")
        stop = threading.Event()
        try:
            asking = asyncio.get_running_loop().run_in_executor(self._threads, self._wait, request, stop)
            reply = await asking
        except WorkerStopped as stopped:
            raise _explain(stopped, request) from stopped
        finally:
            # A cancelled task leaves its thread behind, which looks at this flag.
            stop.set()
        if isinstance(reply, Fault):
            if reply.kind == "gone":
                raise TargetUnavailable(reply.reason)
            raise QueryFailed(request.sql or "", reply.kind, reply.reason)
        return reply

    def _wait(self, request: Request, stop: threading.Event) -> object:
        return self._workers.ask(request, request.limits.seconds + GRACE_SECONDS, stop)


def _explain(stopped: WorkerStopped, request: Request) -> QueryFailed | TargetUnavailable:
    if stopped.why == "too slow":
        return QueryFailed(request.sql or "", "timeout", "The query took too long.")
    if stopped.why == "broken":
        return QueryFailed(request.sql or "", "other", "The query needed more memory than it may have.")
    return TargetUnavailable("The database has been closed.")
