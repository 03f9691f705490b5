"""Measure what the service adds to a question: `make bench`, or `make bench ARGS="--questions 200"`.

The built-in analyst answers on the sample shop in a fresh data folder, so nothing here waits for a model.
Times are milliseconds of this machine, from taking a question to its last event.
"""

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import UUID

from rich.console import Console
from rich.table import Table

from graph.compose import Service, open_service
from graph.settings import Settings
from store.event_batches import LoggedEvent

ASKER = "bench"
DATABASE = "shop"
ENDS = {"completed", "failed", "cancelled", "interrupted"}
QUESTIONS = (
    "How many customers are there?",
    "how many orders were placed in 2025?",
    "revenue by month in 2025",
    "top 5 products by price",
    "average rating of reviews",
)


@dataclass
class Times:
    """Milliseconds by what they were spent on."""

    spent: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def note(self, what: str, ms: float) -> None:
        """Keep one measurement."""
        self.spent[what].append(ms)


async def ask(service: Service, conversation: UUID, question: str, times: Times) -> None:
    """Put one question and follow it to its last event."""
    since = await service.runner.last_seq(conversation)
    began = perf_counter()
    await service.runner.start(ASKER, conversation, question)
    first = True
    async for events in service.runner.watch(ASKER, conversation, since):
        if first:
            times.note("to the first event", (perf_counter() - began) * 1000)
            first = False
        note_steps(events, times)
        if any(event.channel == "lifecycle" and event.payload["event"] in ENDS for event in events):
            times.note("to the last event", (perf_counter() - began) * 1000)
            return


def note_steps(events: Sequence[LoggedEvent], times: Times) -> None:
    """Keep how long each node took, as it said itself."""
    for event in events:
        if event.name == "step" and event.payload["ms"] is not None:
            times.note(event.payload["node"], event.payload["ms"])


async def measure(service: Service, count: int, viewers: int) -> tuple[Times, float]:
    """Ask one after the other, then many at once; give the times of those, and of these how many a second."""
    times, untimed = Times(), Times()
    conversation = (await service.conversations.create(ASKER, DATABASE)).id
    await ask(service, conversation, QUESTIONS[0], untimed)
    for question in islice(cycle(QUESTIONS), count):
        await ask(service, conversation, question, times)
    many = [(await service.conversations.create(ASKER, DATABASE)).id for _ in range(viewers)]
    began = perf_counter()
    async with asyncio.TaskGroup() as group:
        for one, question in zip(many, cycle(QUESTIONS), strict=False):
            group.create_task(ask(service, one, question, untimed))
    return times, viewers / (perf_counter() - began)


def show(times: Times, per_second: float, viewers: int) -> None:
    """Put it on the terminal."""
    table = Table("milliseconds", "median", "19 of 20 within", title="One question after the other")
    for what, spent in times.spent.items():
        cuts = quantiles(spent, n=20, method="inclusive")
        table.add_row(what, f"{cuts[9]:.1f}", f"{cuts[18]:.1f}")
    console = Console()
    console.print(table)
    console.print(f"{viewers} at once: {per_second:.1f} questions a second")


async def main() -> None:
    """Make a service, ask it, tell the times."""
    parser = argparse.ArgumentParser(description="Measure what the service adds to a question.")
    parser.add_argument("--questions", type=int, default=50, help="how many one after the other")
    parser.add_argument("--at-once", type=int, default=16, help="how many at once")
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="querent-bench-") as folder:
        settings = Settings(data=Path(folder, "data"), model=None, store_url=None)
        async with open_service(settings, lambda task, done, total: None) as service:
            times, per_second = await measure(service, wanted.questions, wanted.at_once)
    show(times, per_second, wanted.at_once)


if __name__ == "__main__":
    asyncio.run(main())
