"""Worker pool for query validation: runs `judge` in processes that can be killed on a timeout.

Some short texts keep a SQL parser busy for minutes.
"""

import asyncio
import pickle
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from types import TracebackType
from typing import Self

from agent.guard.row_security.enforce import CatalogView, judge_with_access, view_catalog
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.access.roles import Access
from store.catalog import Catalog
from store.targets.processes.pool import ProcessPool, WorkerStopped

MAX_CATALOGS = 16
# Views are per catalog and access.
MAX_VIEWS = 64

_catalogs: OrderedDict[int, Catalog] = OrderedDict()
_views: OrderedDict[tuple[int, Access | None], CatalogView] = OrderedDict()


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """A query to judge; `catalog` is pickled, and sent only if the worker does not know its number."""

    sql: str
    catalog_number: int
    access: Access | None = None
    catalog: bytes | None = None


def work(request: JudgeRequest) -> Approved | Rejected | None:
    """Judge a query; None asks the caller to send the catalog along."""
    if request.catalog is not None:
        _catalogs[request.catalog_number] = pickle.loads(request.catalog)
        while len(_catalogs) > MAX_CATALOGS:
            _catalogs.popitem(last=False)
    catalog = _catalogs.get(request.catalog_number)
    if catalog is None:
        return None
    _catalogs.move_to_end(request.catalog_number)
    return judge_with_access(request.sql, _view(request, catalog))


def _view(request: JudgeRequest, catalog: Catalog) -> CatalogView:
    key = (request.catalog_number, request.access)
    view = _views.get(key)
    if view is None or view.catalog is not catalog:
        view = _views[key] = view_catalog(catalog, request.access)
        while len(_views) > MAX_VIEWS:
            _views.popitem(last=False)
    _views.move_to_end(key)
    return view


# A verdict takes a few milliseconds; the rest is headroom for a busy machine.
TIMEOUT_S = 2.0
MAX_WORKERS = 2
# A large catalog takes some tens of megabytes.
MEMORY_LIMIT_BYTES = 250_000_000


@dataclass(frozen=True, slots=True)
class _PickledCatalog:
    """A catalog with its number in the worker processes, ready to be sent."""

    catalog: Catalog
    number: int
    pickled: bytes


class JudgePool:
    """Runs `judge` in worker processes, each call within `timeout_s`. An async context manager."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._workers = ProcessPool("agent.guard.worker_pool:work", MEMORY_LIMIT_BYTES)
        self._threads = ThreadPoolExecutor(MAX_WORKERS, thread_name_prefix="judge")
        self._catalogs: OrderedDict[int, _PickledCatalog] = OrderedDict()
        self._numbers = count()

    async def __aenter__(self) -> Self:
        """Start one process in the background, so that the first question does not wait for it."""
        self._threads.submit(self._workers.warm_up)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._workers.close()

    async def judge(self, sql: str, catalog: Catalog, access: Access | None = None) -> Approved | Rejected:
        """Judge a query, as `judge_with_access` does; a query that takes too long is rejected."""
        pickled, stop = self._pickle(catalog), threading.Event()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._threads, self._send, JudgeRequest(sql, pickled.number, access), pickled, stop
            )
        except WorkerStopped:
            return Rejected(
                "tokens", "too_slow", "The query takes too long to validate; write it more simply."
            )
        finally:
            stop.set()

    def _send(
        self, request: JudgeRequest, catalog: _PickledCatalog, stop: threading.Event
    ) -> Approved | Rejected:
        reply = self._workers.call(request, self._timeout_s, stop)
        if reply is None:
            reply = self._workers.call(replace(request, catalog=catalog.pickled), self._timeout_s, stop)
        assert isinstance(reply, Approved | Rejected)
        return reply

    def _pickle(self, catalog: Catalog) -> _PickledCatalog:
        """Look a catalog up by identity; comparing large catalogs would take longer than judging."""
        pickled = self._catalogs.get(id(catalog))
        if pickled is None:
            data = pickle.dumps(catalog, pickle.HIGHEST_PROTOCOL)
            pickled = _PickledCatalog(catalog, next(self._numbers), data)
            self._catalogs[id(catalog)] = pickled
            while len(self._catalogs) > MAX_CATALOGS:
                self._catalogs.popitem(last=False)
        self._catalogs.move_to_end(id(catalog))
        return pickled
