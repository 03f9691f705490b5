import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store.targets.sqlite_traces import trace_file


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_write_changes_the_trace_and_a_read_does_not(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(f"PRAGMA journal_mode = {journal}")
        file.execute("CREATE TABLE t (a)")
        before = trace_file(path)
        file.execute("SELECT * FROM t").fetchall()
        assert trace_file(path) == before
        file.execute("INSERT INTO t VALUES (1)")
        assert trace_file(path) != before


def test_a_file_that_is_gone_has_no_trace(tmp_path: Path) -> None:
    assert trace_file(tmp_path / "gone.sqlite") is None
