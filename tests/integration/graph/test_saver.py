"""Conversations in the store: one row a turn, and readable also where an older version wrote them."""

from typing import Any

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from agent.analyst import Memory, Turn
from graph.saver import PooledSaver
from graph.state import KEPT
from store.database import Database
from store.migrate import migrate

CONFIG: Any = {"configurable": {"thread_id": "one"}}


class Kept(TypedDict, total=False):
    words: str
    numbers: list[int]
    memory: Memory


def remember(state: Kept) -> Kept:
    turns = state.get("memory", Memory()).turns
    turn = Turn(state["words"], state["words"], "Twelve \0 Ω \ud800.", "answered", None)
    return {"numbers": [len(turns)], "memory": Memory((*turns, turn))}


def graph_with(saver: AsyncPostgresSaver) -> Any:
    graph = StateGraph(Kept)
    graph.add_node("remember", remember)
    graph.add_edge(START, "remember")
    return graph.compile(checkpointer=saver)


async def count(database: Database, table: str) -> int:
    async with database.pool.connection() as connection:
        return (await connection.execute(f"SELECT FROM {table}")).rowcount


async def test_a_turn_is_one_row_however_much_it_changed(database: Database) -> None:
    saver = PooledSaver(database.pool)
    await migrate(database, also=saver.setup)
    graph = graph_with(saver)
    for nth in range(3):
        await graph.ainvoke({"words": f"{nth}?"}, CONFIG, durability="exit")
    assert await count(database, "checkpoints") == 3
    assert await count(database, "checkpoint_blobs") == 0


async def test_what_was_kept_comes_back_as_itself(database: Database) -> None:
    saver = PooledSaver(database.pool)
    await migrate(database, also=saver.setup)
    for nth in range(3):
        await graph_with(saver).ainvoke({"words": f"{nth}?"}, CONFIG, durability="exit")
    values = (await graph_with(PooledSaver(database.pool)).aget_state(CONFIG)).values
    assert (values["words"], values["numbers"]) == ("2?", [2])
    assert [turn.question for turn in values["memory"].turns] == ["0?", "1?", "2?"]
    assert values["memory"].turns[0].reply == "Twelve \0 Ω \ud800."
    assert not {"__packed__", "__memory__"} & values.keys()
    history = [state async for state in graph_with(saver).aget_state_history(CONFIG)]
    assert [len(state.values["memory"].turns) for state in history] == [3, 2, 1]


async def test_what_an_older_version_kept_is_read_and_gone_on_with(database: Database) -> None:
    saver = PooledSaver(database.pool)
    await migrate(database, also=saver.setup)
    stock = AsyncPostgresSaver(database.pool, serde=JsonPlusSerializer(allowed_msgpack_modules=KEPT))
    await graph_with(stock).ainvoke({"words": "old?"}, CONFIG, durability="exit")
    assert await count(database, "checkpoint_blobs") > 0
    await graph_with(saver).ainvoke({"words": "new?"}, CONFIG, durability="exit")
    values = (await graph_with(saver).aget_state(CONFIG)).values
    assert [turn.question for turn in values["memory"].turns] == ["old?", "new?"]
