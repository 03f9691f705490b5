import os
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from store.targets.change_detection import DUCKDB_HEADERS, SQLITE_CHANGE_COUNTER, file_change_token
from store.targets.duckdb.target import DuckdbTarget


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_write_to_sqlite_changes_the_trace_and_a_read_does_not(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(f"PRAGMA journal_mode = {journal}")
        file.execute("CREATE TABLE t (a)")
        before = file_change_token(path, SQLITE_CHANGE_COUNTER, "-wal")
        file.execute("SELECT * FROM t").fetchall()
        assert file_change_token(path, SQLITE_CHANGE_COUNTER, "-wal") == before
        file.execute("INSERT INTO t VALUES (1)")
        assert file_change_token(path, SQLITE_CHANGE_COUNTER, "-wal") != before


@pytest.mark.parametrize("change", ["INSERT INTO t VALUES (2)", "UPDATE t SET a = 2", "TRUNCATE t"])
@pytest.mark.parametrize("ending", ["", "; CHECKPOINT"], ids=["in the log", "in the file"])
def test_a_write_to_duckdb_changes_the_trace(tmp_path: Path, change: str, ending: str) -> None:
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as file:
        file.execute("CREATE TABLE t AS SELECT 1 AS a; CHECKPOINT")
        before = file_change_token(path, DUCKDB_HEADERS, ".wal")
        file.execute(change + ending)
        assert file_change_token(path, DUCKDB_HEADERS, ".wal") != before


async def test_reading_duckdb_leaves_the_trace_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as file:
        file.execute("CREATE TABLE t AS SELECT 1 AS a")
    target = DuckdbTarget(path)
    before = await target.change_tokens()
    (table,) = await target.catalog()
    await target.profile(table)
    assert (await target.change_tokens()).of("main.t") == before.of("main.t") is not None
    await target.close()


def test_another_file_in_its_place_is_noticed_whatever_its_time_says(tmp_path: Path) -> None:
    paths = (tmp_path / "a.duckdb", tmp_path / "b.duckdb")
    for number, path in enumerate(paths):
        with duckdb.connect(str(path)) as file:
            file.execute(f"CREATE TABLE t AS SELECT {number} AS a")
        os.utime(path, (1, 1))
    first, second = (file_change_token(path, DUCKDB_HEADERS, ".wal") for path in paths)
    assert first != second


def test_a_file_that_is_gone_has_no_trace(tmp_path: Path) -> None:
    assert file_change_token(tmp_path / "gone.sqlite", SQLITE_CHANGE_COUNTER, "-wal") is None
