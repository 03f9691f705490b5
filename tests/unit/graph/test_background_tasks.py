import asyncio
import logging

import pytest

from graph.background_tasks import cancel_all, log_failure, warm_up


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    swallowed = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await cancel_all([task])

    assert swallowed.is_set()
    assert task.cancelled()


async def test_a_chore_that_breaks_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise ValueError("oops")

    task = asyncio.create_task(broken())
    await asyncio.wait([task])
    log_failure(task)

    assert caplog.records[0].levelno == logging.ERROR


async def test_nobody_waits_for_what_is_made_ready() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def forever() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with warm_up(forever):
        await began.wait()
        assert not ended.is_set()
    assert ended.is_set()


async def test_what_fails_is_told_and_keeps_nothing_else_back(caplog: pytest.LogCaptureFixture) -> None:
    ready = asyncio.Event()

    async def fail() -> None:
        raise OSError

    async def succeed() -> None:
        ready.set()

    with caplog.at_level(logging.ERROR):
        async with warm_up(fail, succeed):
            await ready.wait()
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [OSError]
