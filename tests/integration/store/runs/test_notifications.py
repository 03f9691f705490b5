"""LISTEN/NOTIFY subscriber: delivery, reconnection and cleanup."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from store.database import Database
from store.runs.events import listen


async def hear(database: Database, news: AsyncGenerator[str, None], payload: str) -> str:
    """Notify repeatedly until the listener, which needs a moment to connect, receives something."""
    heard = asyncio.ensure_future(anext(news))
    async with await database.connect() as connection:
        while not heard.done():
            await connection.execute("SELECT pg_notify('spring', %s)", [payload])
            await asyncio.wait([heard], timeout=0.02)
    return await heard


async def test_what_is_said_is_heard(database: Database) -> None:
    async with aclosing(listen(database, "spring")) as news:
        assert await hear(database, news, "cuckoo") == "cuckoo"


async def test_other_channels_are_not_heard(database: Database) -> None:
    async with aclosing(listen(database, "spring")) as news, await database.connect() as connection:
        await hear(database, news, "first")
        await connection.execute("SELECT pg_notify('autumn', 'leaves')")
        await connection.execute("SELECT pg_notify('spring', 'last')")
        assert "leaves" not in [await anext(news) for _ in range(1)]


async def test_after_a_cut_connection_it_listens_again(database: Database) -> None:
    async with aclosing(listen(database, "spring")) as news:
        await hear(database, news, "before")
        async with database.pool.connection() as connection:
            cut = await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN %'"
            )
            assert cut.rowcount == 1
        while await hear(database, news, "after") != "after":
            pass


async def test_whoever_stops_listening_leaves_no_connection(database: Database) -> None:
    async with aclosing(listen(database, "spring")) as news:
        await hear(database, news, "cuckoo")
    async with await database.connect() as connection, asyncio.timeout(10):
        ears = None
        while ears != 0:
            cursor = await connection.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
            )
            ears = cursor.rowcount
