"""Who may begin, and when."""

import asyncio
from time import thread_time

from graph.runs.admission import AdmissionController


def work_for(seconds: float) -> None:
    """Keep the processor busy."""
    until = thread_time() + seconds
    while thread_time() < until:
        pass


async def test_on_a_calm_day_one_passes_at_once() -> None:
    async with asyncio.timeout(0.5):
        for _ in range(100):
            await AdmissionController(calm_s=1.0).wait()


async def test_it_lets_nobody_in_while_the_loop_is_busy() -> None:
    admission, passed, busy = AdmissionController(calm_s=0.01, max_wait_s=60), asyncio.Event(), True

    async def enter() -> None:
        await admission.wait()
        passed.set()

    async def work() -> None:
        while busy:
            work_for(0.03)
            await asyncio.sleep(0)

    working, entering = asyncio.create_task(work()), asyncio.create_task(enter())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not passed.is_set()
    busy = False
    await working
    await entering


async def test_it_lets_nobody_in_while_the_store_has_no_room() -> None:
    room = asyncio.Event()
    entering = asyncio.create_task(AdmissionController(room.is_set, max_wait_s=60).wait())
    await asyncio.sleep(0.02)
    assert not entering.done()
    room.set()
    await entering


async def test_nobody_waits_for_ever() -> None:
    async def work() -> None:
        while True:
            work_for(0.003)
            await asyncio.sleep(0)

    working = asyncio.create_task(work())
    try:
        await AdmissionController(calm_s=0.0, max_wait_s=0.02).wait()
    finally:
        working.cancel()


async def test_who_comes_first_passes_first() -> None:
    admission, passed = AdmissionController(calm_s=1.0), list[int]()

    async def enter(number: int) -> None:
        await admission.wait()
        passed.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(enter(number))
    assert passed == list(range(20))


async def test_who_gives_up_in_line_holds_up_nobody() -> None:
    admission = AdmissionController(calm_s=1.0)
    first, second = asyncio.create_task(admission.wait()), asyncio.create_task(admission.wait())
    first.cancel()
    await second
    await admission.wait()
