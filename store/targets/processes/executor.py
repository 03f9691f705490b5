"""Asynchronous executor that runs the requests of one target in worker processes."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from store.catalog import Catalog
from store.errors import QueryFailed, TargetUnavailable
from store.rows import Rows
from store.targets.connect_errors import catalog_errors
from store.targets.processes.errors import OUT_OF_MEMORY, WorkerFailure
from store.targets.processes.pool import MAX_MEMORY_GROWTH, ProcessPool, WorkerStopped

# More processes would only compete for the same disk and processor.
MAX_PROCESSES = 4
# An engine checks the time limit only now and then; if it does not stop in time, its process is killed
# this much later.
GRACE_SECONDS = 0.5


class ProcessExecutor:
    """Executor for one function, `module:function`, in up to `MAX_PROCESSES` worker processes."""

    def __init__(self, function: str) -> None:
        self._processes = ProcessPool(function, MAX_MEMORY_GROWTH)
        self._threads = ThreadPoolExecutor(MAX_PROCESSES, thread_name_prefix="target")
        self._closed = False

    async def execute(self, request: object, sql: str, seconds: float) -> object:
        """Return the reply to a request; cancelling kills the process.

        Raises `QueryFailed` (about `sql`; a timeout after `seconds`), `TargetUnavailable`.
        """
        if self._closed:
            raise TargetUnavailable("The connection to the database has been closed.")
        cancelled = threading.Event()
        try:
            loop = asyncio.get_running_loop()
            reply = await loop.run_in_executor(
                self._threads, self._processes.call, request, seconds + GRACE_SECONDS, cancelled
            )
        except WorkerStopped as error:
            raise _translate(error, sql) from error
        finally:
            # The thread outlives a cancelled task; it polls this event.
            cancelled.set()
        if isinstance(reply, WorkerFailure):
            if reply.kind == "unavailable":
                raise TargetUnavailable(reply.reason)
            raise QueryFailed(sql, reply.kind, reply.reason)
        return reply

    async def fetch_rows(self, request: object, sql: str, seconds: float) -> Rows:
        """Return the reply to a request that runs a query. Raises as `execute`."""
        rows = await self.execute(request, sql, seconds)
        assert isinstance(rows, Rows)
        return rows

    async def read_catalog(self, request: object, seconds: float) -> Catalog:
        """Return the reply to a request for the catalog. Raises `TargetUnavailable`."""
        with catalog_errors():
            catalog = await self.execute(request, "the catalog", seconds)
        assert isinstance(catalog, Catalog)
        return catalog

    async def close(self) -> None:
        """Stop all threads and processes."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._processes.close()


def _translate(error: WorkerStopped, sql: str) -> QueryFailed | TargetUnavailable:
    if error.reason == "timeout":
        return QueryFailed(sql, "timeout", "The query timed out.")
    if error.reason == "crashed":
        return QueryFailed(sql, "other", OUT_OF_MEMORY)
    return TargetUnavailable("The connection to the database has been closed.")
