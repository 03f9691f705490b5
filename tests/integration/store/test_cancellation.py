"""Cancellation of statements and transactions at any moment."""

import asyncio
import gc
import random
import warnings
from collections.abc import Awaitable, Callable

import pytest

from store.database import Database

Work = Callable[[Database], Awaitable[object]]


async def fetch(database: Database) -> None:
    await database.fetch("SELECT 1")


async def transact(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("SELECT 1")
        await connection.execute("SELECT pg_sleep(0.0005)")


@pytest.mark.parametrize("cancellations", [1, 2])
@pytest.mark.parametrize("work", [fetch, transact])
async def test_cancelled_work_leaves_no_connection_behind(
    database: Database, work: Work, cancellations: int
) -> None:
    delays = random.Random(1)
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        for _ in range(150):
            task = asyncio.ensure_future(work(database))
            await asyncio.wait([task], timeout=delays.random() / 500)
            for _ in range(cancellations):
                task.cancel()
                await asyncio.sleep(0)
            await asyncio.wait([task])
        # The pool resets some connections in the background.
        await asyncio.sleep(0.1)
        gc.collect()
    assert complaints == []
    stats = database.pool.get_stats()
    assert stats["pool_available"] == stats["pool_size"]
    assert await database.fetch("SELECT 1 AS one") == [{"one": 1}]
