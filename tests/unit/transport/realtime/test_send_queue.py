import asyncio

from transport.realtime.send_queue import MOST_BYTES, MOST_FRAMES, Frame, Outbox


async def is_taken_at_once(outbox: Outbox, frame: Frame) -> bool:
    putting = asyncio.ensure_future(outbox.put(frame))
    await asyncio.sleep(0)
    if putting.done():
        return True
    putting.cancel()
    return False


async def test_frames_come_out_in_the_order_in_which_they_went_in() -> None:
    outbox = Outbox()
    for nth in range(5):
        await outbox.put(Frame(str(nth), nth))
    assert [(await outbox.take()).seq for _ in range(5)] == [0, 1, 2, 3, 4]


async def test_it_holds_so_many_frames() -> None:
    outbox = Outbox()
    for _ in range(MOST_FRAMES):
        await outbox.put(Frame("x"))
    assert not await is_taken_at_once(outbox, Frame("x"))
    await outbox.take()
    assert await is_taken_at_once(outbox, Frame("x"))


async def test_it_holds_so_many_bytes() -> None:
    outbox = Outbox()
    await outbox.put(Frame("x" * (MOST_BYTES - 10)))
    assert await is_taken_at_once(outbox, Frame("x" * 10))
    assert not await is_taken_at_once(outbox, Frame("x"))


async def test_a_frame_that_is_too_large_waits_alone() -> None:
    outbox = Outbox()
    assert await is_taken_at_once(outbox, Frame("x" * 2 * MOST_BYTES))
    assert not await is_taken_at_once(outbox, Frame("x"))


async def test_who_waits_for_a_frame_gets_the_next_one() -> None:
    outbox = Outbox()
    taking = asyncio.ensure_future(outbox.take())
    await asyncio.sleep(0)
    await outbox.put(Frame("here"))
    assert (await taking).text == "here"
