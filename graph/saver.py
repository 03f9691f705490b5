"""Where LangGraph keeps conversations: the stock PostgreSQL saver, without its process-wide lock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from graph.state import KEPT
from store.database import Pool


class PooledSaver(AsyncPostgresSaver):
    """Takes a connection of the pool for each call.

    The stock saver holds one lock around every call even with a pool (langgraph issue 7259), so that one slow
    conversation holds up all others. The pool must give dictionaries as rows and commit by itself.
    """

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=KEPT))
        self._pool = pool

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[Any]:
        async with self._pool.connection() as connection:
            if pipeline:
                async with connection.pipeline(), connection.cursor(binary=True) as cursor:
                    yield cursor
            else:
                async with connection.cursor(binary=True) as cursor:
                    yield cursor
