"""Measure the overhead of the service per question: `make bench`, `make bench ARGS="--json"`, `ARGS=--quick`.

The service runs in its own process on a fresh embedded PostgreSQL with the sample shop; its model is a stub
behind real HTTP that answers at once. The baseline is measured in the same rounds: a bare six-node
LangGraph without and with a checkpointer behind a bare WebSocket, and an echo. Everything shares this
machine, so ratios say more than milliseconds.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median
from typing import Any

from rich.console import Console

from benchmarks.cpu_limit import limit_cpu
from benchmarks.idle_connections import measure_idle
from benchmarks.load import Endpoint, run_load
from benchmarks.process_usage import cpu_usage
from benchmarks.profile import measure_shares
from benchmarks.report import show
from benchmarks.systems import Systems, start_systems
from benchmarks.write_volume import WriteVolume, read_write_volume

WARM_UP = 10
SERVICES = ("service", "service, two processes")
# Share of a core per process when two are compared with one: client, model and PostgreSQL need the rest.
CPU_SHARE = 0.35


@dataclass(frozen=True)
class Plan:
    """Benchmark plan: rounds, questions per round by number of users, idle connections."""

    rounds: int
    users: dict[int, int]
    limited_load: tuple[int, int]
    idle: Sequence[int]


FULL = Plan(3, {1: 40, 20: 10, 100: 4}, (20, 10), (1_000, 5_000, 10_000))
QUICK = Plan(1, {1: 10, 20: 3}, (20, 2), (200,))


async def measure(plan: Plan) -> dict[str, Any]:
    """Run the whole benchmark; return the medians of all rounds."""
    async with AsyncExitStack() as stack:
        systems = await stack.enter_async_context(start_systems())
        rounds: dict[str, dict[int, list[dict[str, float]]]] = {}
        for name, endpoint in systems.endpoints().items():
            await run_load(endpoint, 1, WARM_UP)
            rounds[name] = {users: [] for users in plan.users}
        volumes: list[WriteVolume] = []
        for number in range(1, plan.rounds + 1):
            for name, endpoint in systems.endpoints().items():
                _print_progress(f"round {number} of {plan.rounds}: {name}")
                for users, questions_each in plan.users.items():
                    is_counted = name == "service" and users == 1
                    before = read_write_volume(systems.store_url) if is_counted else None
                    rounds[name][users].append(
                        await _measure_load(systems, name, endpoint, users, questions_each)
                    )
                    if before is not None:
                        volumes.append(
                            read_write_volume(systems.store_url).since(before, users * questions_each)
                        )
        result = {
            "at": datetime.now(UTC).isoformat(timespec="minutes"),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "start_s": systems.start_s,
            "questions": {
                name: {users: _medians(rows) for users, rows in by_users.items()}
                for name, by_users in rounds.items()
            },
            "written": WriteVolume.median(volumes),
            "long_conversation": await _measure_long_conversations(systems, plan.rounds),
        }
        _print_progress("shares")
        result["shares"] = await measure_shares(systems)
        _print_progress("two processes and one, held")
        result["held"] = await _measure_limited(systems, plan)
        _print_progress("idle connections")
        result["idle"] = await measure_idle(systems, plan.idle)
    return result


async def _measure_load(
    systems: Systems, name: str, endpoint: Endpoint, users: int, questions_each: int
) -> dict[str, float]:
    processes = systems.processes(name)
    before = cpu_usage(processes, systems.postgres)
    latencies = await run_load(endpoint, users, questions_each)
    usage = cpu_usage(processes, systems.postgres).since(before)
    count = users * questions_each
    cpu = {
        "cpu_ms": round(usage.service * 1000 / count, 2),
        "pg_ms": round(usage.postgres * 1000 / count, 2),
    }
    return latencies.summary() | cpu


async def _measure_limited(systems: Systems, plan: Plan) -> dict[str, dict[str, float]]:
    """Measure questions per second with each process limited to a share of a core."""
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in SERVICES}
    for _ in range(plan.rounds):
        for name in SERVICES:
            async with limit_cpu(systems.processes(name), CPU_SHARE):
                rows[name].append((await run_load(systems.endpoints()[name], *plan.limited_load)).summary())
    return {name: _medians(each) for name, each in rows.items()}


async def _measure_long_conversation(systems: Systems) -> dict[str, WriteVolume]:
    """Measure the write volume of a question at the beginning and at the end of a long conversation."""
    endpoint = systems.endpoints()["service"]
    address = await endpoint.open()

    async def same_address() -> str:
        return address

    reused = replace(endpoint, open=same_address)
    spans = {}
    for span in ("1 to 10", "41 to 50"):
        before = read_write_volume(systems.store_url)
        await run_load(reused, 1, 10)
        spans[span] = read_write_volume(systems.store_url).since(before, 10)
        if span == "1 to 10":
            await run_load(reused, 1, 30)
    return spans


async def _measure_long_conversations(systems: Systems, rounds: int) -> dict[str, Any]:
    """Return the medians over several conversations: PostgreSQL's background writes add noise to its log."""
    conversations = [await _measure_long_conversation(systems) for _ in range(rounds)]
    return {span: WriteVolume.median([spans[span] for spans in conversations]) for span in conversations[0]}


def _print_progress(stage: str) -> None:
    """Print progress to standard error; standard output is only for figures."""
    print(f"{stage} …", file=sys.stderr, flush=True)


def _medians(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(median(row[name] for row in rows), 2) for name in rows[0]}


async def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description="Measure what the service adds to a question.")
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    parser.add_argument("--quick", action="store_true", help="run a short version, to check that it works")
    options = parser.parse_args()
    result = await measure(QUICK if options.quick else FULL)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        show(result, Console())


if __name__ == "__main__":
    asyncio.run(main())
