import asyncio
import logging

import pytest

from graph.chores import end_all, report


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
    await end_all([task])

    assert swallowed.is_set()
    assert task.cancelled()


async def test_a_chore_that_breaks_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise ValueError("oops")

    task = asyncio.create_task(broken())
    await asyncio.wait([task])
    report(task)

    assert caplog.records[0].levelno == logging.ERROR
