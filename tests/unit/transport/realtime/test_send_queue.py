import asyncio
from time import time

from transport.realtime.send_queue import MAX_BYTES, MAX_FRAMES, OutboundFrame, SendQueue, sleep_until


async def is_taken_at_once(outbox: SendQueue, frame: OutboundFrame) -> bool:
    putting = asyncio.ensure_future(outbox.put(frame))
    await asyncio.sleep(0)
    if putting.done():
        return True
    putting.cancel()
    return False


async def test_frames_come_out_in_the_order_in_which_they_went_in() -> None:
    outbox = SendQueue()
    for nth in range(5):
        await outbox.put(OutboundFrame(str(nth), nth))
    assert [(await outbox.pop()).seq for _ in range(5)] == [0, 1, 2, 3, 4]


async def test_it_holds_so_many_frames() -> None:
    outbox = SendQueue()
    for _ in range(MAX_FRAMES):
        await outbox.put(OutboundFrame("x"))
    assert not await is_taken_at_once(outbox, OutboundFrame("x"))
    await outbox.pop()
    assert await is_taken_at_once(outbox, OutboundFrame("x"))


async def test_it_holds_so_many_bytes() -> None:
    outbox = SendQueue()
    await outbox.put(OutboundFrame("x" * (MAX_BYTES - 10)))
    assert await is_taken_at_once(outbox, OutboundFrame("x" * 10))
    assert not await is_taken_at_once(outbox, OutboundFrame("x"))


async def test_a_frame_that_is_too_large_waits_alone() -> None:
    outbox = SendQueue()
    assert await is_taken_at_once(outbox, OutboundFrame("x" * 2 * MAX_BYTES))
    assert not await is_taken_at_once(outbox, OutboundFrame("x"))


async def test_who_waits_for_a_frame_gets_the_next_one() -> None:
    outbox = SendQueue()
    taking = asyncio.ensure_future(outbox.pop())
    await asyncio.sleep(0)
    await outbox.put(OutboundFrame("here"))
    assert (await taking).text == "here"


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
