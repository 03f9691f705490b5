import asyncio
import logging

import pytest

from graph.warming import warming


async def test_nobody_waits_for_what_is_made_ready() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def forever() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with warming(forever):
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
        async with warming(fail, succeed):
            await ready.wait()
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [OSError]
