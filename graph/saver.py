"""Checkpoint saver: LangGraph's PostgreSQL saver, with a pooled connection for each call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from graph.state import CHECKPOINT_TYPES
from store.database import Pool, translate_errors


class PooledSaver(AsyncPostgresSaver):
    """Stock saver without its global lock.

    The stock saver holds one lock around every call even with a pool (langgraph issue 7259), so that one slow
    conversation delays all others. The pool must return rows as dictionaries, and commit by itself.
    All methods raise `StoreUnavailable`.
    """

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=CHECKPOINT_TYPES))
        self._pool = pool

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[Any]:
        with translate_errors():
            async with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
                yield cursor
