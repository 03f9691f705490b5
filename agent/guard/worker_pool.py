"""Judging where it can be ended: some short texts keep a parser busy for minutes."""

import asyncio
import pickle
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from types import TracebackType
from typing import Self

from agent.guard.verdict import Rejected
from agent.guard.worker import MOST_CATALOGS, Case
from store.access.approved_query import Approved
from store.access.roles import Access
from store.catalog import Catalog
from store.targets.processes.pool import Workers, WorkerStopped

# A verdict takes a few milliseconds; the rest is for a machine that is busy with other things.
SECONDS = 2.0
MOST = 2
# A large catalog takes some tens of megabytes.
MEMORY = 250_000_000


@dataclass(frozen=True, slots=True)
class _Known:
    """A catalog with the number its processes know it by, ready to be sent."""

    catalog: Catalog
    number: int
    pickled: bytes


class Judges:
    """Judge as `judge` does, in other processes, within `seconds`. A context manager."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._workers = Workers("agent.guard.worker:work", MEMORY)
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="judge")
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._numbers = count()

    async def __aenter__(self) -> Self:
        """Start one process, so that the first question does not wait for it."""
        self._threads.submit(self._workers.warm_up)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._workers.close()

    async def judge(self, sql: str, catalog: Catalog, access: Access | None = None) -> Approved | Rejected:
        """Say whether a query only reads what the catalog shows; what takes too long to tell is rejected.

        With an access, as `judge_for` does.
        """
        known, stop = self._know(catalog), threading.Event()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._threads, self._ask, Case(sql, known.number, access), known, stop
            )
        except WorkerStopped:
            return Rejected("tokens", "too_slow", "The query is too hard to read; write it more simply.")
        finally:
            stop.set()

    def _ask(self, case: Case, known: _Known, stop: threading.Event) -> Approved | Rejected:
        reply = self._workers.ask(case, self._seconds, stop)
        if reply is None:
            reply = self._workers.ask(replace(case, catalog=known.pickled), self._seconds, stop)
        assert isinstance(reply, Approved | Rejected)
        return reply

    def _know(self, catalog: Catalog) -> _Known:
        """Find a catalog by identity: comparing large ones would take longer than judging."""
        known = self._known.get(id(catalog))
        if known is None:
            known = _Known(catalog, next(self._numbers), pickle.dumps(catalog, pickle.HIGHEST_PROTOCOL))
            self._known[id(catalog)] = known
            while len(self._known) > MOST_CATALOGS:
                self._known.popitem(last=False)
        self._known.move_to_end(id(catalog))
        return known
