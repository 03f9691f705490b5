"""Break everything for a while and see that nothing is lost: `make chaos`, or `make chaos N=2000`.

Three server processes on one embedded PostgreSQL; a model behind them; bad weather between clients and
servers, servers and PostgreSQL, servers and model; a process killed every few seconds and started again;
viewers that lose the line; askers who stop some of their runs. At the end the log of every conversation is
compared with what each of its viewers was told.
"""

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from urllib.parse import urlsplit

import psycopg

from benchmarks.chaos.client import Asker
from benchmarks.chaos.consistency import Record, count_open, faults_of, read_record
from benchmarks.chaos.model import think
from benchmarks.chaos.proxy import Proxy, Weather, tcp_proxy, to_port, unix_proxy
from benchmarks.chaos.servers import Fleet, open_fleet, type_command
from benchmarks.chaos.viewer import Viewer
from store.embedded.server import EmbeddedServer, open_embedded_server
from tests.fixtures.llm.stub_server import running_stub

SERVERS = 3
KILL_EVERY_S = 5.0
LEASE_S = 4.0
# After the last blow: leases end, runs are taken over and ended.
SETTLE_S = 90.0
FOR_CLIENTS = Weather(latency=0.02, bytes_per_s=500_000, reset=0.2, stall=0.2)
FOR_STORE = Weather(latency=0.002, reset=0.02, stall=0.02, longest_stall=0.5)
# Piece by piece, so that there is something to interrupt.
FOR_MODEL = Weather(latency=0.5, reset=0.1, stall=0.05, longest_stall=0.5)
PETS = """
CREATE TABLE pets (id int PRIMARY KEY, name text NOT NULL, species text NOT NULL);
INSERT INTO pets
SELECT n, 'pet ' || n, (ARRAY['dog', 'cat', 'parrot'])[1 + n % 3] FROM generate_series(1, 300) n;
"""


@dataclass
class Outcome:
    """What came of it. `faults` must be empty; the rest says how bad the weather was."""

    conversations: int = 0
    viewers: int = 0
    asked: int = 0
    turned_away: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    taken_over: int = 0
    events: int = 0
    kills: int = 0
    resets: int = 0
    stalls: int = 0
    reconnects: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


async def break_everything(runs: int, conversations: int = 30, viewers: int = 2, seed: int = 1) -> Outcome:
    """Ask this many questions in all while everything breaks; give what came of it."""
    began = monotonic()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="querent-chaos-")))
        store = await stack.enter_async_context(open_embedded_server(folder / "postgres"))
        for name in ("chaos", "pets"):
            await store.create_database(name)
        with psycopg.connect(store.url("pets")) as connection:
            connection.execute(PETS)
        stub = await stack.enter_async_context(running_stub(think))
        port = urlsplit(stub.url).port or 0
        to_model, model_door = await stack.enter_async_context(tcp_proxy(to_port(port), FOR_MODEL, seed + 10))
        to_store = await stack.enter_async_context(_before(store, folder, FOR_STORE, seed + 20))
        settings = {
            "QUERENT_DATA": str(folder / "data"),
            "QUERENT_STORE_URL": store.url("chaos").replace(_host(store), str(folder)),
            "QUERENT_LEASE_S": str(LEASE_S),
            "QUERENT_MODEL": "stub",
            "QUERENT_MODEL_URL": f"http://127.0.0.1:{model_door}/v1",
            "QUERENT_MODEL_KEY": "none",
        }
        pets = store.url("pets").replace(_host(store), str(folder))
        await type_command(settings, folder, "connections", "add", "pets", pets, "--json")
        fleet = await stack.enter_async_context(open_fleet(SERVERS, settings, folder, seed + 30))
        to_fleet, door = await stack.enter_async_context(tcp_proxy(fleet.connect, FOR_CLIENTS, seed + 40))
        lines = [to_model, to_store, to_fleet]
        crowd = await _gather_crowd(door, runs, conversations, viewers, seed)
        outcome = await _go(crowd, fleet, lines, store.url("chaos"))
    outcome.seconds = round(monotonic() - began, 1)
    return outcome


@dataclass
class Crowd:
    """Everybody outside: who asks, and who watches whom."""

    askers: list[Asker]
    viewers: dict[str, list[Viewer]]


async def _gather_crowd(door: int, runs: int, conversations: int, viewers: int, seed: int) -> Crowd:
    askers = []
    for nth in range(conversations):
        count = runs // conversations + (nth < runs % conversations)
        askers.append(await Asker.begin(f"http://127.0.0.1:{door}", count, seed * 1000 + nth))
    watching = {
        asker.thread: [Viewer(door, asker.thread, seed * 1000 + nth * 10 + at) for at in range(viewers)]
        for nth, asker in enumerate(askers)
    }
    return Crowd(askers, watching)


async def _go(crowd: Crowd, fleet: Fleet, lines: Sequence[Proxy], store_url: str) -> Outcome:
    everybody = [viewer for watching in crowd.viewers.values() for viewer in watching]
    chores = [asyncio.create_task(viewer.watch()) for viewer in everybody]
    striking = asyncio.create_task(fleet.strike(KILL_EVERY_S))
    chores.append(asyncio.create_task(_tell_progress(crowd, fleet, store_url)))
    _let(lines, calm=False)
    try:
        await asyncio.gather(*(asker.ask_all() for asker in crowd.askers))
        striking.cancel()
        await asyncio.gather(striking, return_exceptions=True)
        _let(lines, calm=True)
        await asyncio.gather(*(fleet.start(member) for member in fleet.members if not member.alive))
        records = await _settled(store_url, crowd)
    finally:
        for chore in [striking, *chores]:
            chore.cancel()
        await asyncio.gather(striking, *chores, return_exceptions=True)
    return _outcome(crowd, fleet, lines, records)


async def _tell_progress(crowd: Crowd, fleet: Fleet, store_url: str) -> None:
    """Say how far it is, for ever."""
    total = sum(asker.count for asker in crowd.askers)
    while True:
        await asyncio.sleep(5)
        asked = sum(len(asker.asked) for asker in crowd.askers)
        under_way = await asyncio.to_thread(count_open, store_url)
        print(f"asked {asked} of {total}, {under_way} under way, {fleet.kills} kills", file=sys.stderr)


def _let(lines: Sequence[Proxy], *, calm: bool) -> None:
    for line in lines:
        line.calm = calm


async def _settled(store_url: str, crowd: Crowd) -> dict[str, Record]:
    """Wait until every run has ended and every viewer was told all; or for long enough."""
    until = monotonic() + SETTLE_S
    while True:
        records = {
            thread: await asyncio.to_thread(read_record, store_url, thread) for thread in crowd.viewers
        }
        waits = any(
            record.open_runs or any(len(viewer.told) < len(record.events) for viewer in crowd.viewers[thread])
            for thread, record in records.items()
        )
        if not waits or monotonic() > until:
            return records
        await asyncio.sleep(0.5)


def _outcome(crowd: Crowd, fleet: Fleet, lines: Sequence[Proxy], records: dict[str, Record]) -> Outcome:
    everybody = [viewer for watching in crowd.viewers.values() for viewer in watching]
    outcome = Outcome(
        conversations=len(crowd.askers),
        viewers=len(everybody),
        asked=sum(len(asker.asked) for asker in crowd.askers),
        turned_away=sum(asker.turned_away for asker in crowd.askers),
        runs=dict(Counter(run.status for record in records.values() for run in record.runs)),
        taken_over=sum(run.attempt > 1 for record in records.values() for run in record.runs),
        events=sum(len(record.events) for record in records.values()),
        kills=fleet.kills,
        resets=sum(line.resets for line in lines),
        stalls=sum(line.stalls for line in lines),
        reconnects=sum(viewer.connections - 1 for viewer in everybody),
    )
    for asker in crowd.askers:
        watching = crowd.viewers[asker.thread]
        outcome.faults += faults_of(records[asker.thread], asker, watching)
    return outcome


def _host(store: EmbeddedServer) -> str:
    return store.url("x").split("host=")[1].split("&")[0]


def _before(
    store: EmbeddedServer, folder: Path, weather: Weather, seed: int
) -> AbstractAsyncContextManager[Proxy]:
    """Stand before the store's socket, under the name that a client of PostgreSQL looks for."""
    theirs = Path(_host(store))
    name = next(
        path.name for path in theirs.iterdir() if path.name.startswith(".s.PGSQL.") and path.is_socket()
    )
    return unix_proxy(theirs / name, folder / name, weather, seed)


async def main() -> None:
    """Break everything, tell what came of it; exit code 1 when something was lost."""
    parser = argparse.ArgumentParser(description="Break everything and see that nothing is lost.")
    parser.add_argument("-n", "--runs", type=int, default=200, help="how many questions in all")
    parser.add_argument("--conversations", type=int, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    wanted = parser.parse_args()
    print(f"seed {wanted.seed}", file=sys.stderr)
    outcome = await break_everything(wanted.runs, wanted.conversations, seed=wanted.seed)
    print(json.dumps(asdict(outcome), indent=2))
    sys.exit(bool(outcome.faults))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
