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
        """Read a checkpoint, also one from before all went into one row.

        The stock saver reads the writes that wait in a thread; ours are few, and a thread takes longer.
        """

        def at(checkpoint_id: str) -> RunnableConfig:
            where = {"thread_id": value["thread_id"], "checkpoint_ns": value["checkpoint_ns"]}
            return {"configurable": {**where, "checkpoint_id": checkpoint_id}}

        kept: Checkpoint = value["checkpoint"]
        values = {**(kept.get("channel_values") or {}), **self._load_blobs(value["channel_values"])}
        kind, _, body = values.pop(PACKED, "").partition(":")
        if kind:
            values |= self.serde.loads_typed((kind, b64decode(body)))
        if MEMORY in values:
            values["memory"] = _memory.validate_python(json.loads(values.pop(MEMORY)))
        return CheckpointTuple(
            at(value["checkpoint_id"]),
            {**kept, "channel_values": values},
            value["metadata"],
            at(value["parent_checkpoint_id"]) if value["parent_checkpoint_id"] else None,
            self._load_writes(value["pending_writes"]),
        )

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[Any]:
        # A pipeline is for several statements; a checkpoint is one.
        async with self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            yield cursor


def _dump(memory: Memory) -> str:
    # By way of Python's own JSON, which takes a lone surrogate; what was kept before has lists for tuples.
    return json.dumps(_memory.dump_python(memory, mode="json", warnings=False))
