"""Gold queries of Spider are approved, and their printed SQL gives the rows of the original.

`QUERENT_BENCH` is the folder that holds `spider/`; `QUERENT_BENCH_FULL=1` takes all queries, not every 40th.
"""

import json
import os
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from agent.guard.judge import judge
from store.access.approved_query import Approved
from store.catalog import Catalog
from store.rows import Limits
from store.targets.profiling import SAMPLE_LIMITS
from store.targets.sqlite.catalog import read_catalog
from store.targets.sqlite.session import SqliteStatement, open_session, run_statement

FOLDER = Path(os.environ.get("QUERENT_BENCH", ""), "spider")
STEP = 1 if os.environ.get("QUERENT_BENCH_FULL") else 40
LIMITS = Limits(rows=100_000, bytes=500_000_000, seconds=60)

pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason="QUERENT_BENCH does not name a folder with Spider in it."),
    pytest.mark.timeout(3_600),
]


def gold(name: str) -> list[tuple[str, str]]:
    lines = (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [(question["db"], question["sql"]) for question in map(json.loads, lines[::STEP])]


def read(database: str) -> Catalog:
    with open_session(path(database), SqliteStatement("", SAMPLE_LIMITS), trusted=True) as session:
        return read_catalog(session)


def path(database: str) -> Path:
    return FOLDER / "databases" / f"{database}.sqlite"


def original_rows(database: str, sql: str) -> Counter[tuple[object, ...]]:
    session = sqlite3.connect(f"file:{path(database)}?mode=ro", uri=True)
    session.text_factory = lambda text: text.decode("utf-8", "replace")
    rows = Counter(session.execute(sql).fetchall())
    session.close()
    return rows


@pytest.mark.parametrize("name", ["dev", "train"])
def test_gold_queries_are_approved_and_keep_their_rows(name: str) -> None:
    catalogs: dict[str, Catalog] = {}
    wrong: list[tuple[str, str, object]] = []
    for database, sql in gold(name):
        if database not in catalogs:
            catalogs[database] = read(database)
        verdict = judge(sql, catalogs[database])
        if not isinstance(verdict, Approved):
            wrong.append((database, sql, verdict))
            continue
        statement = SqliteStatement(verdict.sql, LIMITS, frozenset(verdict.tables))
        if Counter(run_statement(path(database), statement).values) != original_rows(database, sql):
            wrong.append((database, sql, verdict.sql))
    assert wrong == []
