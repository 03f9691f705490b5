"""Job queue: locks, cancellation, shutdown and takeover."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

from graph.background_tasks import cancel_all
from store.database import Database
from store.maps.jobs import STALLED_AFTER_S, JobQueue, open_job_queue
from tests.fixtures.eventually import eventually

ROOT = str(Path(__file__).parents[4])

# Takes a job and never ends it, so that it can be killed while it works.
STUCK = """
import asyncio, sys
from store.database import open_database
from store.maps.jobs import open_job_queue

async def perform(sync_id):
    print(sync_id, flush=True)
    await asyncio.Event().wait()

async def enqueue_stale():
    pass

async def main():
    async with open_database(sys.argv[1]) as database:
        async with open_job_queue(database, perform, enqueue_stale) as jobs:
            await jobs.run_worker()

asyncio.run(main())
"""


class Worker:
    """Does jobs, and lets a test say when one may end."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[UUID] = asyncio.Queue()
        self.stopped: asyncio.Queue[UUID] = asyncio.Queue()
        self.resume = asyncio.Event()

    async def perform(self, sync_id: UUID) -> None:
        await self.begun.put(sync_id)
        try:
            await self.resume.wait()
        except asyncio.CancelledError:
            await self.stopped.put(sync_id)
            raise

    async def enqueue_stale(self) -> None:
        """Nothing is due."""


@asynccontextmanager
async def working(database: Database, worker: Worker) -> AsyncIterator[JobQueue]:
    async with open_job_queue(database, worker.perform, worker.enqueue_stale) as jobs:
        work, rescue = asyncio.create_task(jobs.run_worker()), asyncio.create_task(jobs.retry_stalled())
        yield jobs
        # Told once, it puts back what it was doing.
        work.cancel()
        await asyncio.wait([work])
        await cancel_all([rescue])


async def left(database: Database) -> int:
    async with database.pool.connection() as connection:
        row = await (await connection.execute("SELECT count(*) AS n FROM procrastinate_jobs")).fetchone()
    assert row is not None
    return int(row["n"])


async def until_none_is_left(database: Database) -> None:
    async def is_empty() -> bool:
        return await left(database) == 0

    await eventually(is_empty)


async def test_a_job_is_done_and_forgotten(database: Database) -> None:
    worker = Worker()
    worker.resume.set()
    async with working(database, worker) as jobs:
        sync = uuid4()
        await jobs.enqueue(sync, "map pets")
        assert await asyncio.wait_for(worker.begun.get(), 10) == sync
        await until_none_is_left(database)


async def test_jobs_that_share_a_lock_are_done_one_after_the_other(database: Database) -> None:
    worker = Worker()
    async with working(database, worker) as jobs:
        first, second, other = uuid4(), uuid4(), uuid4()
        await jobs.enqueue(first, "map pets")
        assert await asyncio.wait_for(worker.begun.get(), 10) == first
        await jobs.enqueue(second, "map pets")
        await jobs.enqueue(other, "map shop")
        assert await asyncio.wait_for(worker.begun.get(), 10) == other
        worker.resume.set()
        assert await asyncio.wait_for(worker.begun.get(), 10) == second


async def test_a_job_that_is_stopped_is_not_done_again(database: Database) -> None:
    worker = Worker()
    async with working(database, worker) as jobs:
        sync = uuid4()
        job = await jobs.enqueue(sync, "map pets")
        await asyncio.wait_for(worker.begun.get(), 10)
        await jobs.cancel(job)
        assert await asyncio.wait_for(worker.stopped.get(), 10) == sync
        await until_none_is_left(database)


async def test_a_job_that_waits_is_taken_out_of_the_queue(database: Database) -> None:
    worker = Worker()
    async with open_job_queue(database, worker.perform, worker.enqueue_stale) as jobs:
        await jobs.cancel(await jobs.enqueue(uuid4(), "map pets"))
    assert await left(database) == 0


async def test_a_job_whose_process_ends_goes_on_in_another(database: Database) -> None:
    first, second = Worker(), Worker()
    sync = uuid4()
    async with working(database, first) as jobs:
        await jobs.enqueue(sync, "map pets")
        await asyncio.wait_for(first.begun.get(), 10)
    assert await asyncio.wait_for(first.stopped.get(), 10) == sync
    async with working(database, second):
        assert await asyncio.wait_for(second.begun.get(), 10) == sync


async def test_a_job_whose_process_is_killed_goes_on_in_another(database: Database, store_url: str) -> None:
    sync, worker = uuid4(), Worker()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STUCK, store_url, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    async with open_job_queue(database, worker.perform, worker.enqueue_stale) as jobs:
        await jobs.enqueue(sync, "map pets")
    assert (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip() == str(sync)
    process.kill()
    await process.wait()
    async with working(database, worker):
        assert await asyncio.wait_for(worker.begun.get(), STALLED_AFTER_S + 10) == sync
