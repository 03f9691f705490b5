"""Reference queries on SQLite files."""

import sqlite3
from pathlib import Path

import pytest

from store.errors import QueryFailed, TargetUnavailable
from store.reference_queries import run_reference_query
from store.rows import Limits


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    path = tmp_path / "pets.sqlite"
    with sqlite3.connect(path) as session:
        session.executescript("CREATE TABLE pets (name TEXT); INSERT INTO pets VALUES ('Rex'), ('Tom')")
    session.close()
    return path


async def test_a_known_query_runs_as_it_stands(pets: Path) -> None:
    rows = await run_reference_query(pets, 'SELECT name FROM pets WHERE name = "Rex"', Limits())
    assert rows.values == (("Rex",),)


async def test_it_only_reads(pets: Path) -> None:
    with pytest.raises(QueryFailed):
        await run_reference_query(pets, "DELETE FROM pets", Limits())
    assert len(await run_reference_query(pets, "SELECT * FROM pets", Limits())) == 2


async def test_it_ends_in_its_time(pets: Path) -> None:
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
    with pytest.raises(QueryFailed) as failed:
        await run_reference_query(pets, endless, Limits(seconds=0.1))
    assert failed.value.kind == "timeout"


async def test_a_file_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(TargetUnavailable):
        await run_reference_query(tmp_path / "none.sqlite", "SELECT 1", Limits())
