"""Where LangGraph keeps conversations: the stock PostgreSQL saver, without its lock, in one row a turn."""

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import TypeAdapter

from agent.analyst import Memory
from graph.state import KEPT
from store.database import Pool

# The names of no channels: under the first stand all that are more than a plain value, but for the memory.
PACKED = "__packed__"
MEMORY = "__memory__"
PLAIN = (str, int, float, bool, type(None))

_memory = TypeAdapter(Memory)


class PooledSaver(AsyncPostgresSaver):
    """Takes a connection of the pool for each call, and writes one row for each checkpoint.

    The stock saver holds one lock around every call even with a pool (langgraph issue 7259), so that one slow
    conversation holds up all others. And it writes a row for each channel that changed, most of which a turn
    resets; ours are small, so they go together into the checkpoint's own row. The pool must give dictionaries
    as rows and commit by itself.
    """

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=KEPT))
        self._pool = pool

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint."""
        values = dict(checkpoint["channel_values"])
        # Most of it all, and many times as quick in this way.
        memory = {MEMORY: _dump(values.pop("memory"))} if "memory" in values else {}
        plain = {name: value for name, value in values.items() if isinstance(value, PLAIN)}
        kind, body = self.serde.dumps_typed({name: values[name] for name in values.keys() - plain.keys()})
        packed = {**plain, **memory, PACKED: f"{kind}:{b64encode(body).decode()}"}
        whole: Checkpoint = {**checkpoint, "channel_values": packed}
        return await super().aput(config, whole, metadata, new_versions)

    async def _load_checkpoint_tuple(self, value: Any) -> CheckpointTuple:
        """Read a checkpoint, also one from before all went into one row."""
        found = await super()._load_checkpoint_tuple(value)
        values = dict(found.checkpoint["channel_values"])
        kind, _, body = values.pop(PACKED, "").partition(":")
        if kind:
            values |= self.serde.loads_typed((kind, b64decode(body)))
        if MEMORY in values:
            values["memory"] = _memory.validate_python(json.loads(values.pop(MEMORY)))
        return found._replace(checkpoint={**found.checkpoint, "channel_values": values})

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[Any]:
        async with self._pool.connection() as connection:
            if pipeline:
                async with connection.pipeline(), connection.cursor(binary=True) as cursor:
                    yield cursor
            else:
                async with connection.cursor(binary=True) as cursor:
                    yield cursor


def _dump(memory: Memory) -> str:
    # By way of Python's own JSON, which takes a lone surrogate; what was kept before has lists for tuples.
    return json.dumps(_memory.dump_python(memory, mode="json", warnings=False))
