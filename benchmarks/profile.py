"""Which part of the service takes how much of a question's processor time, by samples of its stacks."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.load import load
from benchmarks.process_usage import own_cpu, used
from benchmarks.systems import Parties, service_door, start_sampled

QUESTIONS = 200
WRITTEN_S = 5.0

# The innermost file that belongs to a part names it. What comes first counts.
PARTS: dict[str, tuple[str, ...]] = {
    "checkpoint": ("/graph/saver.py", "/langgraph/checkpoint/"),
    "guard": ("/agent/guard/", "/store/targets/workers.py"),
    "retrieval": ("/schema_docs/", "/store/passages.py", "/store/examples.py"),
    "asked database": ("/store/targets/",),
    "access: tokens, policies, connections": (
        "/store/policies.py",
        "/store/connections.py",
        "/store/conversations.py",
        "/store/sealing.py",
        "/graph/standing.py",
        "/transport/auth.py",
    ),
    "run ledger and event log": (
        "/store/runs.py",
        "/store/backlog.py",
        "/store/event_batches.py",
        "/store/listening.py",
        "/graph/journal.py",
        "/graph/watching.py",
        "/graph/broadcast.py",
        "/graph/tally.py",
        "/graph/crew.py",
    ),
    "model client": (
        "/agent/endpoint.py",
        "/agent/models.py",
        "/agent/pieces.py",
        "/agent/event_stream.py",
        "/agent/structured.py",
        "/agent/model_stream.py",
    ),
    "prompts, forms, words": ("/agent/",),
    "wire": ("/transport/", "/uvicorn/", "/websockets/"),
    "other trips to the store": ("/sqlalchemy/", "/store/"),
    "LangGraph": ("/langgraph/", "/graph/"),
}
REST = "event loop and rest"


async def measure_shares(parties: Parties) -> dict[str, float]:
    """Give the share of each part in percent, largest first, for one person who asks again and again."""
    async with AsyncExitStack() as stack:
        path = parties.folder / "stacks"
        process, port = await start_sampled(stack, parties, path)
        door = service_door([port])
        await load(door, 1, 20)
        process.send_signal(signal.SIGUSR1)
        own, all_of_it = own_cpu(process.pid), used([process.pid], None).service
        await load(door, 1, QUESTIONS)
        own, all_of_it = own_cpu(process.pid) - own, used([process.pid], None).service - all_of_it
        process.send_signal(signal.SIGUSR2)
        async with asyncio.timeout(WRITTEN_S):
            samples = await _written(path)
    counts = {part: count * own / all_of_it for part, count in count_parts(samples).items()}
    # Queries are judged in processes of their own, which nobody samples.
    counts["guard"] = counts.get("guard", 0.0) + sum(counts.values()) * (all_of_it / own - 1)
    total = sum(counts.values())
    shares = {part: round(100 * count / total, 1) for part, count in counts.items()}
    return dict(sorted(shares.items(), key=lambda share: -share[1]))


async def _written(path: Path) -> list[str]:
    while True:
        try:
            return (await asyncio.to_thread(path.read_text, "utf-8")).splitlines()
        except FileNotFoundError:
            await asyncio.sleep(0.1)


def count_parts(samples: Iterable[str]) -> Counter[str]:
    """Count the samples of each part. A sample is a count and the files of a stack, outermost first."""
    counts: Counter[str] = Counter()
    for sample in samples:
        count, _, stack = sample.partition(" ")
        counts[part_of(stack.split(";"))] += int(count)
    return counts


def part_of(stack: list[str]) -> str:
    """Name the part that the innermost file of a stack belongs to."""
    for file in reversed(stack):
        for part, places in PARTS.items():
            if any(place in file for place in places) and not _is_frame(file):
                return part
    return REST


def _is_frame(file: str) -> bool:
    """Whether a file stands at the bottom of every stack, and says nothing."""
    return file.endswith(("/transport/cli/main.py", "/transport/cli/runtime.py"))
