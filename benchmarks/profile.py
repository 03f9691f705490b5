"""CPU profile of the service: the share of each component in a question, from stack samples."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.load import run_load
from benchmarks.process_usage import cpu_usage, process_cpu_s
from benchmarks.systems import Systems, service_endpoint, start_profiled_service

QUESTIONS = 200
WRITE_TIMEOUT_S = 5.0

# The innermost frame that matches a fragment decides the component; earlier entries win.
PARTS: dict[str, tuple[str, ...]] = {
    "checkpoint": ("/graph/saver.py", "/langgraph/checkpoint/"),
    "guard": ("/agent/guard/", "/store/targets/processes/"),
    "retrieval": ("/schema_docs/", "/store/maps/", "/store/examples.py"),
    "target database": ("/store/targets/",),
    "access: tokens, policies, connections": (
        "/store/access/",
        "/store/connections/",
        "/store/conversations.py",
        "/graph/access.py",
        "/transport/auth/",
    ),
    "runs and event log": ("/store/runs/", "/graph/runs/"),
    "model client": (
        "/agent/llm/openai_http.py",
        "/agent/llm/chat_models.py",
        "/agent/llm/provider_adapters.py",
        "/agent/llm/structured.py",
        "/agent/llm/streaming.py",
    ),
    "prompts and output schemas": ("/agent/",),
    "wire": ("/transport/", "/uvicorn/", "/websockets/"),
    "other store access": ("/sqlalchemy/", "/store/"),
    "LangGraph": ("/langgraph/", "/graph/"),
}
REMAINDER = "event loop and rest"


async def measure_shares(systems: Systems) -> dict[str, float]:
    """Measure the share of each component in percent, largest first, with one user."""
    async with AsyncExitStack() as stack:
        path = systems.folder / "stacks"
        process, port = await start_profiled_service(stack, systems, path)
        endpoint = service_endpoint([port])
        await run_load(endpoint, 1, 20)
        process.send_signal(signal.SIGUSR1)
        main_cpu_s, total_cpu_s = process_cpu_s(process.pid), cpu_usage([process.pid], None).service
        await run_load(endpoint, 1, QUESTIONS)
        main_cpu_s, total_cpu_s = (
            process_cpu_s(process.pid) - main_cpu_s,
            cpu_usage([process.pid], None).service - total_cpu_s,
        )
        process.send_signal(signal.SIGUSR2)
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            samples = await _read_samples(path)
    counts = {part: count * main_cpu_s / total_cpu_s for part, count in count_parts(samples).items()}
    # Queries are validated in worker processes, which are not sampled.
    counts["guard"] = counts.get("guard", 0.0) + sum(counts.values()) * (total_cpu_s / main_cpu_s - 1)
    total = sum(counts.values())
    shares = {part: round(100 * count / total, 1) for part, count in counts.items()}
    return dict(sorted(shares.items(), key=lambda share: -share[1]))


async def _read_samples(path: Path) -> list[str]:
    while True:
        try:
            return (await asyncio.to_thread(path.read_text, "utf-8")).splitlines()
        except FileNotFoundError:
            await asyncio.sleep(0.1)


def count_parts(samples: Iterable[str]) -> Counter[str]:
    """Count the samples of each component. A sample is a count and the files of a stack, outermost first."""
    counts: Counter[str] = Counter()
    for sample in samples:
        count, _, stack = sample.partition(" ")
        counts[part_of(stack.split(";"))] += int(count)
    return counts


def part_of(stack: list[str]) -> str:
    """Return the component that the innermost file of a stack belongs to."""
    for path in reversed(stack):
        for part, fragments in PARTS.items():
            if any(fragment in path for fragment in fragments) and not _is_entry_point(path):
                return part
    return REMAINDER


def _is_entry_point(path: str) -> bool:
    """Whether a file is an entry point, which is at the bottom of every stack."""
    return path.endswith(("/transport/cli/main.py", "/transport/cli/runtime.py"))
