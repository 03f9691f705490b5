"""What is asked once for a question."""

import asyncio

import pytest

from store.request_cache import asking_once, once


class Clock:
    """Tells how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def of(self, name: str) -> str:
        self.asked += 1
        if name == "nobody":
            raise LookupError(name)
        return f"{name} {self.asked}"


async def test_outside_of_a_block_everything_is_asked_anew() -> None:
    clock = Clock()
    assert [await once(clock.of, "shop"), await once(clock.of, "shop")] == ["shop 1", "shop 2"]


async def test_within_a_block_the_first_answer_stays() -> None:
    clock = Clock()
    with asking_once():
        assert [await once(clock.of, "shop") for _ in range(3)] == ["shop 1"] * 3
        assert await once(clock.of, "clinic") == "clinic 2"
    assert await once(clock.of, "shop") == "shop 3"


async def test_tasks_begun_within_a_block_share_its_answers() -> None:
    clock = Clock()
    with asking_once():
        first = await asyncio.create_task(once(clock.of, "shop"))
        assert await once(clock.of, "shop") == first


async def test_blocks_side_by_side_know_nothing_of_each_other() -> None:
    clock = Clock()

    async def ask() -> str:
        with asking_once():
            return await once(clock.of, "shop")

    assert set(await asyncio.gather(ask(), ask())) == {"shop 1", "shop 2"}


async def test_two_who_are_asked_are_not_mistaken_for_each_other() -> None:
    one, other = Clock(), Clock()
    with asking_once():
        await once(one.of, "shop")
        await once(other.of, "shop")
    assert (one.asked, other.asked) == (1, 1)


async def test_what_was_raised_is_not_kept() -> None:
    clock = Clock()
    with asking_once():
        for _ in range(2):
            with pytest.raises(LookupError):
                await once(clock.of, "nobody")
    assert clock.asked == 2
