"""Measure what the service adds to a question: `make bench`, `make bench ARGS="--json"`, `ARGS=--quick`.

The service runs as a user runs it, in a process of its own on a fresh embedded PostgreSQL with the sample
shop; its model is a stub behind real HTTP that answers at once. Beside it, in the same run, round by round,
stands the floor: the bare six-node LangGraph without and with a saver behind a bare WebSocket, and an echo.
Everything shares this machine, so ratios say more than milliseconds.
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

from benchmarks.cpu_limit import held
from benchmarks.idle_connections import hold_idle
from benchmarks.load import Door, load
from benchmarks.process_usage import used
from benchmarks.profile import measure_shares
from benchmarks.report import show
from benchmarks.systems import Parties, open_parties
from benchmarks.write_volume import Written, written

WARM_UP = 10
SERVICES = ("service", "service, two processes")
# Of a core, for each process, where two are compared with one: client, model and PostgreSQL need the rest.
HELD = 0.35


@dataclass(frozen=True)
class Plan:
    """How much to measure: rounds, questions a round for so many people, idle connections."""

    rounds: int
    people: dict[int, int]
    held: tuple[int, int]
    idle: Sequence[int]


FULL = Plan(3, {1: 40, 20: 10, 100: 4}, (20, 10), (1_000, 5_000, 10_000))
QUICK = Plan(1, {1: 10, 20: 3}, (20, 2), (200,))


async def measure(plan: Plan) -> dict[str, Any]:
    """Measure everything; give the medians of all rounds."""
    async with AsyncExitStack() as stack:
        parties = await stack.enter_async_context(open_parties())
        rounds: dict[str, dict[int, list[dict[str, float]]]] = {}
        for name, door in parties.doors().items():
            await load(door, 1, WARM_UP)
            rounds[name] = {people: [] for people in plan.people}
        kept: list[Written] = []
        for nth in range(1, plan.rounds + 1):
            for name, door in parties.doors().items():
                _say(f"round {nth} of {plan.rounds}: {name}")
                for people, each in plan.people.items():
                    is_counted = name == "service" and people == 1
                    before = written(parties.store_url) if is_counted else None
                    rounds[name][people].append(await _one(parties, name, door, people, each))
                    if before is not None:
                        kept.append(written(parties.store_url).since(before, people * each))
        result = {
            "at": datetime.now(UTC).isoformat(timespec="minutes"),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "start_s": parties.start_s,
            "questions": {
                name: {people: _medians(rows) for people, rows in by_people.items()}
                for name, by_people in rounds.items()
            },
            "written": Written.median(kept),
            "long_conversation": await _long_ones(parties, plan.rounds),
        }
        _say("shares")
        result["shares"] = await measure_shares(parties)
        _say("two processes and one, held")
        result["held"] = await _held(parties, plan)
        _say("idle connections")
        result["idle"] = await hold_idle(parties, plan.idle)
    return result


async def _one(parties: Parties, name: str, door: Door, people: int, each: int) -> dict[str, float]:
    processes = parties.processes(name)
    before = used(processes, parties.postgres)
    waits = await load(door, people, each)
    spent = used(processes, parties.postgres).since(before)
    count = people * each
    cpu = {
        "cpu_ms": round(spent.service * 1000 / count, 2),
        "pg_ms": round(spent.postgres * 1000 / count, 2),
    }
    return waits.summary() | cpu


async def _held(parties: Parties, plan: Plan) -> dict[str, dict[str, float]]:
    """Questions a second where each process has a part of a core, so that the machine has some left."""
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in SERVICES}
    for _ in range(plan.rounds):
        for name in SERVICES:
            async with held(parties.processes(name), HELD):
                rows[name].append((await load(parties.doors()[name], *plan.held)).summary())
    return {name: _medians(each) for name, each in rows.items()}


async def _long(parties: Parties) -> dict[str, Written]:
    """What one question writes at the beginning and at the end of a long conversation."""
    door = parties.doors()["service"]
    address = await door.open()

    async def again() -> str:
        return address

    same = replace(door, open=again)
    spans = {}
    for span in ("1 to 10", "41 to 50"):
        before = written(parties.store_url)
        await load(same, 1, 10)
        spans[span] = written(parties.store_url).since(before, 10)
        if span == "1 to 10":
            await load(same, 1, 30)
    return spans


async def _long_ones(parties: Parties, rounds: int) -> dict[str, Any]:
    """The medians of some conversations: PostgreSQL's own chores are written to its log too, now and then."""
    every = [await _long(parties) for _ in range(rounds)]
    return {span: Written.median([spans[span] for spans in every]) for span in every[0]}


def _say(what: str) -> None:
    """Tell a person who waits how far it is; the figures alone go to the output."""
    print(f"{what} …", file=sys.stderr, flush=True)


def _medians(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {what: round(median(row[what] for row in rows), 2) for what in rows[0]}


async def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description="Measure what the service adds to a question.")
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    parser.add_argument("--quick", action="store_true", help="a small part of it, to see that it works")
    wanted = parser.parse_args()
    result = await measure(QUICK if wanted.quick else FULL)
    if wanted.json:
        print(json.dumps(result, indent=2))
    else:
        show(result, Console())


if __name__ == "__main__":
    asyncio.run(main())
