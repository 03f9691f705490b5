"""News from other processes, by way of the server."""

import asyncio
import logging
from collections.abc import AsyncGenerator

import psycopg
from psycopg import sql

from store.database import Database
from store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

SHORTEST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


async def listen(database: Database, channel: str, *, of_others: bool = False) -> AsyncGenerator[str, None]:
    """Give the payload of each notification on a channel, for ever, over a connection of its own.

    With `of_others` what went out through our own pool is left out.
    A connection that is lost is made again; what was said meanwhile is lost: look for yourself now and then.
    """
    pause_s = SHORTEST_PAUSE_S
    while True:
        try:
            async with await database.connect() as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                pause_s = SHORTEST_PAUSE_S
                async for notification in connection.notifies():
                    if not (of_others and database.is_ours(notification.pid)):
                        yield notification.payload
        except (psycopg.OperationalError, StoreUnavailable):
            logger.warning("listening again: the store went away", extra={"channel": channel})
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
