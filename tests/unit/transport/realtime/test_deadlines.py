import asyncio
from time import time

from transport.realtime.deadlines import sleep_until


async def test_a_moment_is_waited_for_and_not_longer() -> None:
    moment = time() + 0.05
    await sleep_until(moment)
    assert 0 <= time() - moment < 30


async def test_what_is_over_is_not_waited_for() -> None:
    async with asyncio.timeout(1):
        await sleep_until(time() - 5)


async def test_where_there_is_no_moment_the_wait_has_no_end() -> None:
    waiting = asyncio.ensure_future(sleep_until(None))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    waiting.cancel()
