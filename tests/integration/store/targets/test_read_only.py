"""Attacks sent straight to the engines, past the guard: nothing may change, nothing forbidden be read.

The engines' own rules must hold even if the guard had let a query through.
"""

import sqlite3
from pathlib import Path

import psycopg
import pytest

from store.access.approved_query import Approved
from store.embedded.server import EmbeddedServer
from store.errors import TargetError
from store.rows import Limits
from store.targets.postgres.target import PostgresTarget
from store.targets.sqlite.target import SqliteTarget
from tests.fixtures.guard.attack_lines import attacks, seal
from tests.fixtures.guard.schema import TABLES

LIMITS = Limits(rows=100, bytes=1_000_000, seconds=0.5)
TRAPS = Path(__file__).with_name("traps.sql").read_text("utf-8")


async def test_sqlite_alone_lets_nothing_be_changed_or_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    session = sqlite3.connect(path)
    for table, columns in {**TABLES, "secrets": "id k v"}.items():
        names = ", ".join(f'"{column}"' for column in columns.split())
        session.execute(f"CREATE TABLE {table} ({names})")
    session.execute("INSERT INTO secrets VALUES (1, 'api', 'TOPSECRET')")
    session.commit()
    session.close()
    before = seal(tmp_path)
    target = SqliteTarget(path)
    output: list[object] = []
    for sql in attacks("sqlite"):
        try:
            output += (await target.run(Approved(sql, "sqlite", tuple(TABLES)), LIMITS)).values
        except (TargetError, UnicodeError):
            continue
    await target.close()
    assert "TOPSECRET" not in str(output)
    assert "CREATE TABLE" not in str(output)
    assert seal(tmp_path) == before


@pytest.fixture
async def trapped_url(embedded: EmbeddedServer, blank_url: str) -> str:
    """A database full of traps, entered as a user who may read."""
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute(TRAPS.encode())
        row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None
    await embedded.create_reader("layers_reader", row[0])
    return embedded.url(row[0], user="layers_reader")


async def test_postgres_alone_lets_nothing_be_changed(trapped_url: str, blank_url: str) -> None:
    target = PostgresTarget(trapped_url)
    for sql in attacks("postgres"):
        try:
            await target.run(Approved(sql, "postgres", ()), LIMITS)
        except (TargetError, UnicodeError):
            continue
    await target.close()
    with psycopg.connect(blank_url) as connection:
        assert connection.execute("TABLE audit_log").fetchall() == []
        assert connection.execute("SELECT count(*) FROM customers").fetchone() == (30,)
        assert connection.execute("SELECT v FROM secrets").fetchall() == [("TOPSECRET",)]
        assert connection.execute("SELECT last_value, is_called FROM myseq").fetchone() == (1, False)
        created = connection.execute(
            "SELECT relname FROM pg_class WHERE relname IN ('t9', 'tmp1', 'pwn', 'x', 'stolen')"
        )
        assert created.fetchall() == []
