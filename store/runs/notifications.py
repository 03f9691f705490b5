"""LISTEN/NOTIFY subscriber: notifications that other processes send through PostgreSQL."""

import asyncio
import logging
from collections.abc import AsyncGenerator

import psycopg
from psycopg import sql

from store.database import Database
from store.errors import StoreUnavailable

logger = logging.getLogger(__name__)

MIN_RECONNECT_DELAY_S = 0.1
MAX_RECONNECT_DELAY_S = 5.0


async def listen(database: Database, channel: str, *, exclude_own: bool = False) -> AsyncGenerator[str, None]:
    """Yield the payload of each notification on a channel. Never ends.

    Listens on a connection of its own, because LISTEN is bound to its session. `exclude_own` drops
    notifications sent through the pool of this process. A lost connection is reopened, but notifications sent
    in the meantime are lost: callers must poll from time to time.
    """
    delay_s = MIN_RECONNECT_DELAY_S
    while True:
        try:
            async with await database.connect() as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                delay_s = MIN_RECONNECT_DELAY_S
                async for notification in connection.notifies():
                    if not (exclude_own and database.owns_backend(notification.pid)):
                        yield notification.payload
        except (psycopg.OperationalError, StoreUnavailable):
            logger.warning("listener disconnected, reconnecting", extra={"channel": channel})
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, MAX_RECONNECT_DELAY_S)
