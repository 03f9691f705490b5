"""The queue of work that nobody waits for at a socket, kept in our PostgreSQL by procrastinate."""

import asyncio
import logging
from asyncio import CancelledError
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import DeleteJobCondition, Job

from store.database import Database
from store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

Perform = Callable[[UUID], Awaitable[None]]
LookRound = Callable[[], Awaitable[None]]

QUEUE: Final = "maps"
SYNC: Final = "map.sync"
LOOK_ROUND: Final = "map.look_round"

# A process that gave no sign of life for so long is dead, and its job is taken over.
HEARTBEAT_S = 2.0
DEAD_AFTER_S = 10.0
POLL_S = 2.0
# Two maps at a time: more would only wait for the same processor.
AT_ONCE = 2
# At the end of a process a sync is not waited for: it goes on elsewhere, from what it has noted.
FAREWELL_S = 0.2


class _AfterShutdown(BaseRetryStrategy):
    """Put back what was stopped by the end of its process, and nothing else."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        return RetryDecision(retry_in={"seconds": 0}) if isinstance(exception, CancelledError) else None


class Jobs:
    """Jobs to be done by any process that works. Every method raises `StoreUnavailable`."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def put(self, sync_id: UUID, one_at_a_time: str) -> int:
        """Have a sync done after all others that share its lock; give the job's number."""
        with _saying_unavailable():
            job = self._app.configure_task(SYNC, lock=one_at_a_time, queue=QUEUE)
            return await job.defer_async(sync_id=str(sync_id))

    async def stop(self, job: int) -> None:
        """Take a job out of the queue, or stop it wherever it is being done."""
        with _saying_unavailable():
            await self._app.job_manager.cancel_job_by_id_async(job, abort=True, delete_job=True)

    async def work(self) -> None:
        """Do jobs until cancelled; when the store goes away, begin again once it is back."""
        while True:
            try:
                await self._app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=AT_ONCE,
                    install_signal_handlers=False,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    fetch_job_polling_interval=POLL_S,
                    abort_job_polling_interval=POLL_S,
                    update_heartbeat_interval=HEARTBEAT_S,
                    stalled_worker_timeout=DEAD_AFTER_S,
                    shutdown_graceful_timeout=FAREWELL_S,
                )
            except ConnectorException:
                logger.warning("working again: the store went away")
            await asyncio.sleep(POLL_S)

    async def rescue(self) -> None:
        """Put back the jobs of processes that died, until cancelled.

        A task of its own: a group tells its tasks only once to end, and the library may not hear it.
        """
        manager = self._app.job_manager
        while True:
            try:
                for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=DEAD_AFTER_S):
                    await manager.retry_job(job)
                    logger.warning("a job was taken over", extra={"job": job.id})
            except ConnectorException:
                logger.debug("no look at stalled jobs", exc_info=True)
            await asyncio.sleep(POLL_S)


@asynccontextmanager
async def open_jobs(database: Database, perform: Perform, look_round: LookRound) -> AsyncIterator[Jobs]:
    """Open the queue. `perform` does one sync; `look_round` is called every minute, by one process of all.

    Raises `StoreUnavailable`.
    """
    # A pool of its own: procrastinate wants transactions, and lends itself a connection to listen on.
    app = App(connector=PsycopgConnector(conninfo=database.conninfo, min_size=1, max_size=4))
    _declare(app, perform, look_round)
    with _saying_unavailable():
        await app.open_async()
    try:
        yield Jobs(app)
    finally:
        await app.close_async()


def _declare(app: App, perform: Perform, look_round: LookRound) -> None:
    @app.task(name=SYNC, queue=QUEUE, pass_context=True, retry=_AfterShutdown())
    async def sync(context: JobContext, *, sync_id: str) -> None:
        try:
            await perform(UUID(sync_id))
        except CancelledError:
            if context.abort_reason() is AbortReason.USER_REQUEST:
                raise JobAborted from None
            raise

    @app.periodic(cron="* * * * *")
    @app.task(name=LOOK_ROUND, queue=QUEUE, queueing_lock=LOOK_ROUND)
    async def look(timestamp: int) -> None:
        await look_round()


@contextmanager
def _saying_unavailable() -> Iterator[None]:
    try:
        yield
    except ConnectorException as error:
        raise StoreUnavailable("The store does not answer.") from error
