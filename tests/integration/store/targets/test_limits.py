"""Statements that would exhaust memory or time, sent past the guard: they end, and no process grows."""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg

from store.access.approved_query import Approved
from store.catalog import Dialect
from store.errors import TargetError
from store.rows import Limits
from store.targets.duckdb.target import DuckdbTarget
from store.targets.mysql.target import MysqlTarget
from store.targets.postgres.target import PostgresTarget
from store.targets.sqlite.target import SqliteTarget
from store.targets.target import Target
from tests.fixtures.mysql_server import fresh_database

SECONDS = 1.0
# This machine may be busy with other tests; the promise is a second.
PATIENCE = 2.0
GROWTH_MB = 300
EATERS: dict[Dialect, list[str]] = {
    "postgres": [
        "SELECT repeat('x', 1000000000)",
        "SELECT string_agg(repeat('x', 1000000), '') FROM generate_series(1, 10000)",
        "SELECT array_agg(n) FROM generate_series(1, 1000000000) AS n",
        "SELECT n FROM generate_series(1, 1000000000) AS n",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT count(*) FROM public.big a, public.big b, public.big c",
        "SELECT a.n FROM public.big a, public.big b ORDER BY a.n * b.n",
    ],
    "sqlite": [
        "SELECT replace(hex(zeroblob(7000000)), '0', 'xxxxxxxxxx')",
        "SELECT group_concat(hex(zeroblob(100000))) FROM big",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r ORDER BY -n",
        "SELECT count(*) FROM big a, big b, big c",
        "SELECT a.n FROM big a, big b ORDER BY a.n * b.n",
    ],
    "mysql": [
        "SELECT repeat('x', 1000000000)",
        "SELECT repeat('x', 15000000) FROM big",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT count(*) FROM big a, big b, big c, big d WHERE a.n + b.n + c.n + d.n = 0",
        "SELECT a.n FROM big a, big b, big c ORDER BY a.n * b.n",
    ],
    "duckdb": [
        "SELECT repeat('x', 1000000000)",
        "SELECT lpad('x', 2000000000, 'y')",
        "SELECT list(i) FROM range(1000000000) t(i)",
        "SELECT string_agg(repeat('x', 1000000), '') FROM range(10000)",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT count(*) FROM big a, big b, big c WHERE a.n + b.n + c.n = 0",
        "SELECT a.n FROM big a, big b ORDER BY a.n * b.n",
    ],
}
MAKE = (
    "CREATE TABLE big AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9999)"
    " SELECT n FROM r"
)


def resident_mb(process: int) -> float:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096 / 1e6
    return 0.0


def family(process: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield process
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in thread.read_text().split():
                yield from family(int(child))


def parent_of(process: int) -> int:
    """Who has started a process."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid"))


class Scales:
    """Watches how far each of our processes grows."""

    def __init__(self, server: int | None) -> None:
        """`server` is that of the embedded PostgreSQL, which we did not start as a child."""
        self.grown_mb = 0.0
        self._roots = [os.getpid(), *([server] if server else [])]
        self._first: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Scales":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            for process in [each for root in self._roots for each in family(root)]:
                resident = resident_mb(process)
                # A process that has just been started has nothing in it yet: counted from what Python takes.
                first = self._first.setdefault(process, max(resident, 60.0))
                self.grown_mb = max(self.grown_mb, resident - first)


async def check(target: Target, dialect: Dialect, server: int | None = None) -> None:
    with contextlib.suppress(TargetError):
        await target.run(Approved("SELECT 1", dialect, ()), Limits())
    tables = ("big", "main.big")
    for sql in EATERS[dialect]:
        begun = time.monotonic()
        with Scales(server) as scales, contextlib.suppress(TargetError):
            rows = await target.run(Approved(sql, dialect, tables), Limits(seconds=SECONDS))
            assert rows.truncated or len(rows) <= 1, sql
        took = time.monotonic() - begun
        assert took < SECONDS + PATIENCE, f"{sql} took {took:.1f} s"
        assert scales.grown_mb < GROWTH_MB, f"{sql} took {scales.grown_mb:.0f} MB"
        print(f"{dialect}: {took:.2f} s, {scales.grown_mb:.0f} MB: {sql[:60]}")
    await target.close()


async def test_postgres_ends_what_eats(blank_url: str) -> None:
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute(MAKE.encode())
        server = parent_of(connection.info.backend_pid)
    await check(PostgresTarget(blank_url), "postgres", server)


async def test_a_row_too_long_to_hear_is_cut_off(blank_url: str) -> None:
    target = PostgresTarget(blank_url)
    with Scales(None) as scales:
        rows = await target.run(Approved("SELECT repeat('x', 40000000)", "postgres", ()), Limits())
    assert (len(rows), rows.truncated, [column.name for column in rows.columns]) == (0, True, ["repeat"])
    assert scales.grown_mb < GROWTH_MB
    long = await target.run(
        Approved("SELECT repeat('x', 1000000) FROM generate_series(1, 99)", "postgres", ()), Limits()
    )
    assert (len(long), long.truncated) == (4, True)
    await target.close()


async def test_sqlite_ends_what_eats(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "big.sqlite") as session:
        session.execute(MAKE)
    session.close()
    await check(SqliteTarget(tmp_path / "big.sqlite"), "sqlite")


async def test_mysql_ends_what_eats() -> None:
    script = "CREATE TABLE big (n INT PRIMARY KEY);\nINSERT INTO big WITH RECURSIVE r(n) AS"
    script += " (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 999) SELECT n FROM r"
    with fresh_database(script) as address:
        await check(MysqlTarget(address), "mysql")


async def test_duckdb_ends_what_eats(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "big.duckdb")) as session:
        session.execute("CREATE TABLE big AS SELECT range AS n FROM range(100000)")
    await check(DuckdbTarget(tmp_path / "big.duckdb"), "duckdb")
