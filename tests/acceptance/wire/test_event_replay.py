"""Event replay: a client that reconnects with its last sequence number gets the rest, byte for byte."""

import os
import random

from tests.fixtures.scripted_service import RunningService
from tests.fixtures.ws_client import ALL_CHANNELS, connect_client

# `QUERENT_RECONNECTS=1000` for the long one.
TIMES = int(os.environ.get("QUERENT_RECONNECTS", "60"))
QUESTIONS = ("Which pets are there?", "And how many?", "And which are cats?")


async def frames(served: RunningService, thread: str, since: int, limit: int) -> list[str]:
    """Come, say what was seen last, and leave after so many frames."""
    async with connect_client(served, thread) as caller:
        reply = await caller.command("subscription.subscribe", channels=ALL_CHANNELS, since=since)
        assert reply["type"] == "success"
        return [str(await caller.socket.recv()) for _ in range(limit)]


async def test_coming_back_at_random_points_gives_the_same_bytes(served: RunningService, thread: str) -> None:
    async with connect_client(served, thread) as caller:
        await caller.subscribe()
        last = [(await caller.ask(question))[-1]["seq"] for question in QUESTIONS][-1]
    whole = await frames(served, thread, 0, last)
    chance = random.Random(6455)
    for _ in range(TIMES):
        heard: list[str] = []
        while len(heard) < last:
            heard += await frames(served, thread, len(heard), chance.randint(1, last - len(heard)))
        assert heard == whole


async def test_who_comes_back_while_a_run_goes_on_misses_nothing(served: RunningService, thread: str) -> None:
    served.analyst.blocked = True
    chance = random.Random(455)
    heard: list[str] = []
    async with connect_client(served, thread) as user:
        await user.subscribe("lifecycle")
        await user.command("run.start", input=QUESTIONS[0])
        begun = 12
        while len(heard) < begun:
            heard += await frames(served, thread, len(heard), chance.randint(1, begun - len(heard)))
        served.analyst.blocked = False
        served.analyst.resume.set()
        last = (await user.events_until("completed"))[-1]["seq"]
        while len(heard) < last:
            heard += await frames(served, thread, len(heard), chance.randint(1, last - len(heard)))
    assert heard == await frames(served, thread, 0, last)
