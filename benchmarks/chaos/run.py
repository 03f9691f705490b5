"""Chaos benchmark: inject faults and check that nothing is lost (`make chaos`, or `make chaos N=2000`).

Three server processes share one embedded PostgreSQL and a stub model. Proxies inject faults between clients
and servers, servers and PostgreSQL, servers and model; a process is killed and restarted every few seconds;
viewers reconnect; users cancel some of their runs. At the end the event log of every conversation is compared
with the events each of its viewers received.
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

from benchmarks.chaos.client import SimulatedUser
from benchmarks.chaos.consistency import ConversationRecord, count_open, find_violations, read_record
from benchmarks.chaos.model import answer_request
from benchmarks.chaos.proxy import NetworkFaults, Proxy, port_connector, tcp_proxy, unix_proxy
from benchmarks.chaos.servers import ServerCluster, open_cluster, run_command
from benchmarks.chaos.viewer import Viewer
from store.embedded.server import EmbeddedServer, open_embedded_server
from tests.fixtures.llm.stub_server import run_stub_server

SERVERS = 3
KILL_EVERY_S = 5.0
LEASE_S = 4.0
# After the last kill: leases expire, other processes take the runs over and finish them.
SETTLE_S = 90.0
CLIENT_FAULTS = NetworkFaults(latency=0.02, bytes_per_s=500_000, reset=0.2, stall=0.2)
STORE_FAULTS = NetworkFaults(latency=0.002, reset=0.02, stall=0.02, max_stall_s=0.5)
# Replies are streamed in chunks, so that there is something to interrupt.
MODEL_FAULTS = NetworkFaults(latency=0.5, reset=0.1, stall=0.05, max_stall_s=0.5)
PETS = """
CREATE TABLE pets (id int PRIMARY KEY, name text NOT NULL, species text NOT NULL);
INSERT INTO pets
SELECT n, 'pet ' || n, (ARRAY['dog', 'cat', 'parrot'])[1 + n % 3] FROM generate_series(1, 300) n;
"""


@dataclass
class ChaosReport:
    """Result of a chaos run. `violations` must be empty; the other fields count the injected faults."""

    conversations: int = 0
    viewers: int = 0
    questions: int = 0
    rejected: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    recovered: int = 0
    events: int = 0
    kills: int = 0
    resets: int = 0
    stalls: int = 0
    reconnects: int = 0
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list)


async def run_chaos(runs: int, conversations: int = 30, viewers: int = 2, seed: int = 1) -> ChaosReport:
    """Ask `runs` questions in total while faults are injected; return the report."""
    started = monotonic()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="querent-chaos-")))
        store = await stack.enter_async_context(open_embedded_server(folder / "postgres"))
        for name in ("chaos", "pets"):
            await store.create_database(name)
        with psycopg.connect(store.url("pets")) as connection:
            connection.execute(PETS)
        stub = await stack.enter_async_context(run_stub_server(answer_request))
        model_port = urlsplit(stub.url).port or 0
        model_proxy, model_proxy_port = await stack.enter_async_context(
            tcp_proxy(port_connector(model_port), MODEL_FAULTS, seed + 10)
        )
        store_proxy = await stack.enter_async_context(_store_proxy(store, folder, STORE_FAULTS, seed + 20))
        settings = {
            "QUERENT_DATA": str(folder / "data"),
            "QUERENT_STORE_URL": store.url("chaos").replace(_host(store), str(folder)),
            "QUERENT_LEASE_S": str(LEASE_S),
            "QUERENT_MODEL": "stub",
            "QUERENT_MODEL_URL": f"http://127.0.0.1:{model_proxy_port}/v1",
            "QUERENT_MODEL_KEY": "none",
        }
        pets = store.url("pets").replace(_host(store), str(folder))
        await run_command(settings, folder, "connections", "add", "pets", pets, "--json")
        cluster = await stack.enter_async_context(open_cluster(SERVERS, settings, folder, seed + 30))
        server_proxy, port = await stack.enter_async_context(
            tcp_proxy(cluster.connect, CLIENT_FAULTS, seed + 40)
        )
        proxies = [model_proxy, store_proxy, server_proxy]
        clients = await _create_clients(port, runs, conversations, viewers, seed)
        report = await _run_load(clients, cluster, proxies, store.url("chaos"))
    report.seconds = round(monotonic() - started, 1)
    return report


@dataclass
class Clients:
    """The simulated users, and the viewers of each conversation."""

    askers: list[SimulatedUser]
    viewers: dict[str, list[Viewer]]


async def _create_clients(port: int, runs: int, conversations: int, viewers: int, seed: int) -> Clients:
    users = []
    for nth in range(conversations):
        count = runs // conversations + (nth < runs % conversations)
        users.append(await SimulatedUser.begin(f"http://127.0.0.1:{port}", count, seed * 1000 + nth))
    viewers_by_thread = {
        user.thread: [Viewer(port, user.thread, seed * 1000 + nth * 10 + number) for number in range(viewers)]
        for nth, user in enumerate(users)
    }
    return Clients(users, viewers_by_thread)


async def _run_load(
    clients: Clients, cluster: ServerCluster, proxies: Sequence[Proxy], store_url: str
) -> ChaosReport:
    viewers = [viewer for group in clients.viewers.values() for viewer in group]
    tasks = [asyncio.create_task(viewer.watch()) for viewer in viewers]
    killer = asyncio.create_task(cluster.kill_randomly(KILL_EVERY_S))
    tasks.append(asyncio.create_task(_print_progress(clients, cluster, store_url)))
    _set_faults(proxies, paused=False)
    try:
        await asyncio.gather(*(user.ask_all() for user in clients.askers))
        killer.cancel()
        await asyncio.gather(killer, return_exceptions=True)
        _set_faults(proxies, paused=True)
        await asyncio.gather(*(cluster.start(member) for member in cluster.servers if not member.alive))
        records = await _wait_until_settled(store_url, clients)
    finally:
        for task in [killer, *tasks]:
            task.cancel()
        await asyncio.gather(killer, *tasks, return_exceptions=True)
    return _summarize(clients, cluster, proxies, records)


async def _print_progress(clients: Clients, cluster: ServerCluster, store_url: str) -> None:
    """Print progress every 5 s until cancelled."""
    total = sum(asker.count for asker in clients.askers)
    while True:
        await asyncio.sleep(5)
        question_count = sum(len(asker.questions) for asker in clients.askers)
        open_runs = await asyncio.to_thread(count_open, store_url)
        print(
            f"asked {question_count} of {total}, {open_runs} under way, {cluster.kills} kills",
            file=sys.stderr,
        )


def _set_faults(proxies: Sequence[Proxy], *, paused: bool) -> None:
    for proxy in proxies:
        proxy.faults_paused = paused


async def _wait_until_settled(store_url: str, clients: Clients) -> dict[str, ConversationRecord]:
    """Wait until every run has ended and every viewer has all events, at most `SETTLE_S`."""
    deadline = monotonic() + SETTLE_S
    while True:
        records = {
            thread: await asyncio.to_thread(read_record, store_url, thread) for thread in clients.viewers
        }
        unsettled = any(
            record.open_runs
            or any(len(viewer.frames) < len(record.events) for viewer in clients.viewers[thread])
            for thread, record in records.items()
        )
        if not unsettled or monotonic() > deadline:
            return records
        await asyncio.sleep(0.5)


def _summarize(
    clients: Clients, cluster: ServerCluster, proxies: Sequence[Proxy], records: dict[str, ConversationRecord]
) -> ChaosReport:
    viewers = [viewer for group in clients.viewers.values() for viewer in group]
    report = ChaosReport(
        conversations=len(clients.askers),
        viewers=len(viewers),
        questions=sum(len(user.questions) for user in clients.askers),
        rejected=sum(user.rejected for user in clients.askers),
        runs=dict(Counter(run.status for record in records.values() for run in record.runs)),
        recovered=sum(run.attempt > 1 for record in records.values() for run in record.runs),
        events=sum(len(record.events) for record in records.values()),
        kills=cluster.kills,
        resets=sum(proxy.resets for proxy in proxies),
        stalls=sum(proxy.stalls for proxy in proxies),
        reconnects=sum(viewer.connections - 1 for viewer in viewers),
    )
    for user in clients.askers:
        group = clients.viewers[user.thread]
        report.violations += find_violations(records[user.thread], user, group)
    return report


def _host(store: EmbeddedServer) -> str:
    return store.url("x").split("host=")[1].split("&")[0]


def _store_proxy(
    store: EmbeddedServer, folder: Path, weather: NetworkFaults, seed: int
) -> AbstractAsyncContextManager[Proxy]:
    """Open a proxy before the store's socket, under the file name that PostgreSQL clients expect."""
    socket_folder = Path(_host(store))
    name = next(
        path.name
        for path in socket_folder.iterdir()
        if path.name.startswith(".s.PGSQL.") and path.is_socket()
    )
    return unix_proxy(socket_folder / name, folder / name, weather, seed)


async def main() -> None:
    """Run the chaos benchmark and print its report; exit code 1 if there are violations."""
    parser = argparse.ArgumentParser(description="Inject faults and check that nothing is lost.")
    parser.add_argument("-n", "--runs", type=int, default=200, help="how many questions in all")
    parser.add_argument("--conversations", type=int, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options = parser.parse_args()
    print(f"seed {options.seed}", file=sys.stderr)
    report = await run_chaos(options.runs, options.conversations, seed=options.seed)
    print(json.dumps(asdict(report), indent=2))
    sys.exit(bool(report.violations))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
