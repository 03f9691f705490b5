"""Embedded PostgreSQL server, shared by processes."""

import asyncio
import logging
import os
import signal
import stat
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import AsyncConnection

from graph.background_tasks import run_in_background
from store.database import open_database
from store.embedded.server import EmbeddedServer, open_embedded_server, start_in_background
from store.embedded.supervisor import RestartLimit
from store.errors import StoreUnavailable
from store.maps.jobs import open_job_queue
from store.migrate import migrate
from store.runs.events import listen
from tests.fixtures.eventually import eventually

# Also restarts the server, and logs that to stderr.
HOLD = """
import asyncio, logging, sys
from pathlib import Path
from graph.background_tasks import run_in_background
from store.embedded.server import open_embedded_server

async def main():
    logging.basicConfig(level=logging.INFO)
    async with open_embedded_server(Path(sys.argv[1])) as server, run_in_background(server.supervise()):
        print("up", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@pytest.fixture
def fresh() -> Iterator[Path]:
    with TemporaryDirectory(prefix="querent-tests-") as folder:
        yield Path(folder, "data")


@asynccontextmanager
async def holder(data: Path) -> AsyncIterator[Process]:
    """Another process that has the server open; it leaves at the end, unless it is dead by then."""
    command = (sys.executable, "-c", HOLD, str(data))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    try:
        yield process
    finally:
        process.stdin.close()
        with suppress(ProcessLookupError):
            await process.wait()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def postmaster(data: Path) -> int | None:
    """The server's process, if it runs."""
    pid_file = data / "postgres" / "postmaster.pid"
    return int(pid_file.read_text().split()[0]) if pid_file.exists() else None


def wait_for(path: Path) -> None:
    while not path.exists():
        pass


async def ask(
    server: EmbeddedServer, statement: str, database: str = "postgres", user: str = "postgres"
) -> object:
    url = server.url(database, user)
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode())
        row = await cursor.fetchone() if cursor.description else None
        return row[0] if row else None


async def test_what_is_stored_survives_a_restart(data: Path) -> None:
    async with open_embedded_server(data) as server:
        await server.create_database("ours")
        await ask(server, "CREATE TABLE kept AS SELECT 42 AS x", "ours")
    assert postmaster(data) is None
    async with open_embedded_server(data) as server:
        await server.create_database("ours")
        assert await ask(server, "SELECT x FROM kept", "ours") == 42
        assert await ask(server, "SELECT lower('ÄÖ')") == "äö"


async def test_it_is_started_beside_other_work_and_joined(data: Path) -> None:
    with start_in_background(data):
        async with open_embedded_server(data) as server:
            assert await ask(server, "SELECT 1") == 1
        assert postmaster(data) is not None
    assert postmaster(data) is None


async def test_what_goes_wrong_beside_other_work_is_told_when_it_is_opened(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.touch()
    with start_in_background(nowhere), pytest.raises(StoreUnavailable, match="is not a folder"):
        async with open_embedded_server(nowhere):
            pass


async def test_nobody_else_can_look_into_it(fresh: Path) -> None:
    async with open_embedded_server(fresh):
        # Root's server belongs to another user, who must be able to pass.
        assert mode_of(fresh) == (0o701 if os.geteuid() == 0 else 0o700)
        assert mode_of(fresh / "postgres") == 0o700


async def test_processes_share_it_and_the_last_one_stops_it(data: Path) -> None:
    async with open_embedded_server(data) as server:
        pid = postmaster(data)
        async with holder(data):
            assert postmaster(data) == pid
        assert await ask(server, "SELECT 1") == 1
        async with open_embedded_server(data):
            pass
        assert postmaster(data) == pid
    assert postmaster(data) is None


async def test_it_stays_for_a_process_that_came_later(data: Path) -> None:
    async with open_embedded_server(data):
        second = holder(data)
        await second.__aenter__()
    assert postmaster(data) is not None
    await second.__aexit__(None, None, None)
    assert postmaster(data) is None


async def test_four_processes_may_start_it_at_once(fresh: Path) -> None:
    async def come_and_go() -> int | None:
        async with holder(fresh) as process:
            pass
        return process.returncode

    assert await asyncio.gather(*(come_and_go() for _ in range(4))) == [0] * 4
    assert postmaster(fresh) is None


async def test_a_server_whose_holder_was_killed_is_taken_over_and_stopped(data: Path) -> None:
    async with holder(data) as process:
        process.kill()
        await process.wait()
    abandoned = postmaster(data)
    assert abandoned is not None
    async with open_embedded_server(data) as server:
        assert postmaster(data) == abandoned
        assert await ask(server, "SELECT 1") == 1
    assert postmaster(data) is None


async def test_ctrl_c_at_the_terminal_is_not_for_the_server(data: Path) -> None:
    async with holder(data) as process:
        running = postmaster(data)
        assert running is not None
        assert os.getpgid(running) != os.getpgid(process.pid)
        os.killpg(process.pid, signal.SIGINT)
    assert postmaster(data) is None
    log = (data / "postgres" / "server.log").read_text()
    assert log.rstrip().endswith("database system is shut down")


async def test_who_loses_patience_while_it_starts_leaves_nothing_running(fresh: Path) -> None:
    opening = asyncio.ensure_future(open_embedded_server(fresh).__aenter__())
    await asyncio.to_thread(wait_for, fresh / "postgres.holders")
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert (fresh / "postgres" / "server.log").exists()
    assert postmaster(fresh) is None


async def test_a_reader_reads_one_database_and_nothing_else(data: Path) -> None:
    async with open_embedded_server(data) as server:
        for name in ("ours", "shop"):
            await server.create_database(name)
        await ask(server, "CREATE TABLE before AS SELECT 1 AS x", "shop")
        await asyncio.gather(*(server.create_reader("reader", "shop") for _ in range(4)))
        await ask(server, "CREATE TABLE later AS SELECT 2 AS x", "shop")
        assert await ask(server, "SELECT b.x + l.x FROM before b, later l", "shop", "reader") == 3
        for write in ("DELETE FROM before", "CREATE TABLE more (x int)", "SET ROLE postgres"):
            with pytest.raises(psycopg.Error):
                await ask(server, f"SET default_transaction_read_only = off; {write}", "shop", "reader")
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            await ask(server, "SELECT 1", "ours", "reader")


async def test_a_data_folder_that_is_a_file_is_said_to_be() -> None:
    with pytest.raises(StoreUnavailable, match="is not a folder"):
        async with open_embedded_server(Path(__file__)):
            pass


async def test_a_data_folder_that_cannot_be_made_is_said_to_be() -> None:
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        async with open_embedded_server(Path("/proc/no/such/folder")):
            pass


async def test_a_server_that_is_gone_is_said_to_be(data: Path) -> None:
    async with open_embedded_server(data) as server:
        pass
    with pytest.raises(StoreUnavailable):
        await server.create_database("late")


def kill_postmaster(data: Path) -> int:
    pid = postmaster(data)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


async def answers(server: EmbeddedServer) -> bool:
    try:
        return await ask(server, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


async def test_a_killed_server_is_restarted_within_ten_seconds(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_embedded_server(data) as server, run_in_background(server.supervise()):
        killed = kill_postmaster(data)
        await eventually(lambda: answers(server), 10)
        assert postmaster(data) != killed
        await eventually(lambda: has_record(caplog, "restarted"))
    assert postmaster(data) is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def has_record(caplog: pytest.LogCaptureFixture, text: str) -> bool:
    return any(text in record.message for record in caplog.records)


async def test_a_statement_that_computes_does_not_delay_the_restart(data: Path) -> None:
    async with open_embedded_server(data) as server, run_in_background(server.supervise()):
        endless = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b"
        computing = asyncio.create_task(ask(server, endless))

        async def is_computing() -> object:
            return await ask(server, "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT count%'")

        await eventually(is_computing)
        kill_postmaster(data)
        await eventually(lambda: answers(server), 10)
        with pytest.raises(psycopg.OperationalError):
            await computing


async def test_a_restarted_server_keeps_its_url_in_a_temporary_folder(data: Path) -> None:
    data = await asyncio.to_thread(data.rename, data.with_name("long" * 40))
    async with open_embedded_server(data) as server, run_in_background(server.supervise()):
        kill_postmaster(data)
        await eventually(lambda: answers(server), 10)


async def test_a_crash_loop_ends_at_the_limit(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_embedded_server(data) as server:
        supervising = asyncio.create_task(server.supervise(RestartLimit(max_restarts=1, clock=lambda: 0.0)))
        kill_postmaster(data)
        await eventually(lambda: answers(server), 10)
        kill_postmaster(data)
        await asyncio.wait_for(supervising, 10)
        assert not await answers(server)
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.ERROR]


async def test_only_one_of_two_processes_restarts_it(data: Path) -> None:
    async with open_embedded_server(data) as server, holder(data) as first, holder(data) as second:
        killed = kill_postmaster(data)
        await eventually(lambda: answers(server), 10)
        restarted = postmaster(data)
        logs = [await next_line(process) for process in (first, second)]
        assert sorted("died and was restarted" in log for log in logs) == [False, True]
        assert postmaster(data) == restarted != killed


async def next_line(process: Process) -> str:
    assert process.stderr is not None
    return (await asyncio.wait_for(process.stderr.readline(), 10)).decode()


async def test_the_pool_and_its_listeners_survive_a_restart(data: Path) -> None:
    async with (
        open_embedded_server(data) as server,
        run_in_background(server.supervise()),
        open_database(server.url("postgres")) as database,
        aclosing(listen(database, "spring")) as payloads,
    ):
        received = asyncio.ensure_future(anext(payloads))

        async def is_received() -> bool:
            with suppress(StoreUnavailable):
                await database.execute("NOTIFY spring")
            return received.done()

        await eventually(is_received, 10)
        kill_postmaster(data)
        received = asyncio.ensure_future(anext(payloads))
        await eventually(is_received, 15)


async def test_jobs_are_performed_after_a_restart(data: Path) -> None:
    performed: set[UUID] = set()

    async def perform(sync_id: UUID) -> None:
        performed.add(sync_id)

    async def enqueue_stale() -> None:
        """Nothing is due."""

    async with open_embedded_server(data) as server, run_in_background(server.supervise()):
        await server.create_database("jobs")
        async with open_database(server.url("jobs")) as database:
            await migrate(database)
            async with (
                open_job_queue(database, perform, enqueue_stale) as jobs,
                run_in_background(jobs.run_worker(), jobs.retry_stalled()),
            ):

                async def is_performed() -> bool:
                    with suppress(StoreUnavailable):
                        await jobs.enqueue(uuid4(), "map pets")
                    return bool(performed)

                await eventually(is_performed, 10, 0.5)
                kill_postmaster(data)
                performed.clear()
                await eventually(is_performed, 20, 0.5)
