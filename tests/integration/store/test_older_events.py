"""Events that were kept one by one, before there were batches."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine

from store import migrate
from store.conversations import Conversations
from store.database import Database, open_database
from store.runs.events import NewEvent
from store.runs.records import NewRun
from store.runs.runs import Ledger

CONVERSATION = "INSERT INTO conversations (id, asker, database, last_seq) VALUES (%s, 'ann', 'shop', 3)"
EVENT = """
INSERT INTO run_events (conversation, seq, run_id, channel, name, payload, at)
VALUES (%s, %s, %s, %s, %s, %s, now())
"""
OLDER = [
    ("lifecycle", None, '{"event": "running"}'),
    ("custom", "step", '{"text": "zero \\u0000"}'),
    ("lifecycle", None, '{"event": "completed"}'),
]


def upgrade_to(url: str, revision: str) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        folder = Path(migrate.__file__).parent / "migrations"
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        command.upgrade(config, revision)


async def test_they_are_read_and_gone_on_with(blank_url: str) -> None:
    upgrade_to(blank_url, "0002")
    here, run = uuid4(), uuid4()
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute(CONVERSATION, [here])
        for seq, (channel, name, payload) in enumerate(OLDER, 1):
            connection.execute(EVENT, [here, seq, run, channel, name, payload])
    upgrade_to(blank_url, "head")
    async with open_database(blank_url) as database:
        ledger = Ledger(database)
        events = await ledger.events_after(here, 1)
        begun = (await ledger.begin(NewRun(here, {"question": "And now?"}), "me", 60)).run
        [last] = await ledger.finish(begun, "completed", "me", last=[NewEvent("values", {})])
        settled = await ledger.settled_seq(here, datetime.now(UTC) + timedelta(minutes=1))
    assert [(event.seq, event.name, event.run_id) for event in events] == [(2, "step", run), (3, None, run)]
    assert (last.seq, settled) == (4, 4)
    assert events[0].payload == {"text": "zero \0"}


async def test_single_events_can_be_looked_at_with_sql(database: Database) -> None:
    here = (await Conversations(database.engine).create("ann", "shop")).id
    ledger = Ledger(database)
    run = (await ledger.begin(NewRun(here, {"question": "Why?"}), "me", 60)).run
    await ledger.append(run, [NewEvent("custom", {"a": 1}, "step"), NewEvent("values", {})], "me")
    async with database.pool.connection() as connection:
        found = await connection.execute("SELECT seq, channel, name, payload FROM run_events ORDER BY seq")
        rows = [tuple(row.values()) for row in await found.fetchall()]
    assert rows == [(1, "custom", "step", {"a": 1}), (2, "values", None, {})]
