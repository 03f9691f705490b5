"""Job queue of schema syncs: background jobs in PostgreSQL, by procrastinate."""

import asyncio
import logging
from asyncio import CancelledError
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import DeleteJobCondition, Job

from store.database import Database, translate_errors

logger = logging.getLogger(__name__)

PerformSync = Callable[[UUID], Awaitable[None]]
EnqueueStale = Callable[[], Awaitable[None]]

QUEUE: Final = "maps"
SYNC_TASK: Final = "map.sync"
ENQUEUE_STALE_TASK: Final = "map.enqueue_stale"

HEARTBEAT_S = 2.0
# A worker without a heartbeat for this long is considered dead, and its jobs are retried elsewhere.
STALLED_AFTER_S = 10.0
POLL_INTERVAL_S = 2.0
# Per process: more syncs would only compete for the same processor.
MAX_CONCURRENT_JOBS = 2
# Shutdown does not wait for a sync: another process resumes it from its checkpoints.
SHUTDOWN_TIMEOUT_S = 0.2
# Two jobs, the worker's own statements, and a listener that procrastinate borrows from its pool.
MAX_POOL_SIZE = 4


class _RetryAfterShutdown(BaseRetryStrategy):
    """Retry jobs that were cancelled by the shutdown of their process, and no others."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        return RetryDecision(retry_in={"seconds": 0}) if isinstance(exception, CancelledError) else None


class JobQueue:
    """Queue of jobs, performed by any process that runs a worker. All methods raise `StoreUnavailable`."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def enqueue(self, sync_id: UUID, lock: str) -> int:
        """Enqueue a sync, to be performed after all others with the same lock; returns the job id."""
        with translate_errors(ConnectorException):
            job = self._app.configure_task(SYNC_TASK, lock=lock, queue=QUEUE)
            return await job.defer_async(sync_id=str(sync_id))

    async def cancel(self, job_id: int) -> None:
        """Remove a job from the queue, or abort it in the process that performs it."""
        with translate_errors(ConnectorException):
            await self._app.job_manager.cancel_job_by_id_async(job_id, abort=True, delete_job=True)

    async def run_worker(self) -> None:
        """Perform jobs until cancelled; restarts when the store becomes available again."""
        while True:
            try:
                await self._app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=MAX_CONCURRENT_JOBS,
                    install_signal_handlers=False,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    fetch_job_polling_interval=POLL_INTERVAL_S,
                    abort_job_polling_interval=POLL_INTERVAL_S,
                    update_heartbeat_interval=HEARTBEAT_S,
                    stalled_worker_timeout=STALLED_AFTER_S,
                    shutdown_graceful_timeout=SHUTDOWN_TIMEOUT_S,
                )
            except ConnectorException:
                logger.warning("job worker restarting: the store is unavailable")
            await asyncio.sleep(POLL_INTERVAL_S)

    async def retry_stalled(self) -> None:
        """Put the jobs of dead workers back into the queue, until cancelled.

        A task of its own: a task group cancels each task only once, and a periodic task within the library
        may swallow that.
        """
        manager = self._app.job_manager
        while True:
            try:
                for job in await manager.get_stalled_jobs(
                    queue=QUEUE, seconds_since_heartbeat=STALLED_AFTER_S
                ):
                    await manager.retry_job(job)
                    logger.warning("stalled job retried", extra={"job": job.id})
            except ConnectorException:
                logger.debug("stalled jobs not checked", exc_info=True)
            await asyncio.sleep(POLL_INTERVAL_S)


@asynccontextmanager
async def open_job_queue(
    database: Database, perform: PerformSync, enqueue_stale: EnqueueStale
) -> AsyncIterator[JobQueue]:
    """Open the queue. `perform` performs one sync; `enqueue_stale` is called every minute, by one process.

    Raises `StoreUnavailable`.
    """
    # A pool of its own: procrastinate needs connections that are not in autocommit mode, and keeps one of
    # them to listen on.
    app = App(connector=PsycopgConnector(conninfo=database.conninfo, min_size=1, max_size=MAX_POOL_SIZE))
    _register_tasks(app, perform, enqueue_stale)
    with translate_errors(ConnectorException):
        await app.open_async()
    try:
        yield JobQueue(app)
    finally:
        await app.close_async()


def _register_tasks(app: App, perform: PerformSync, enqueue_stale: EnqueueStale) -> None:
    @app.task(name=SYNC_TASK, queue=QUEUE, pass_context=True, retry=_RetryAfterShutdown())
    async def perform_sync(context: JobContext, *, sync_id: str) -> None:
        try:
            await perform(UUID(sync_id))
        except CancelledError:
            if context.abort_reason() is AbortReason.USER_REQUEST:
                raise JobAborted from None
            raise

    @app.periodic(cron="* * * * *")
    @app.task(name=ENQUEUE_STALE_TASK, queue=QUEUE, queueing_lock=ENQUEUE_STALE_TASK)
    async def enqueue_stale_syncs(timestamp: int) -> None:
        await enqueue_stale()
