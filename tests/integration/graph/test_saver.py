"""Checkpoints come back from the store as they were."""

from typing import Any

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from agent.analyst import Memory, Turn
from graph.saver import PooledSaver
from store.database import Database
from store.migrate import migrate

CONFIG: Any = {"configurable": {"thread_id": "one"}}


class Kept(TypedDict, total=False):
    words: str
    numbers: list[int]
    memory: Memory


def remember(state: Kept) -> Kept:
    turns = state.get("memory", Memory()).turns
    turn = Turn(state["words"], state["words"], "Twelve \0 Ω.", "answered", None)
    return {"numbers": [len(turns)], "memory": Memory((*turns, turn))}


def graph_with(saver: AsyncPostgresSaver) -> Any:
    graph = StateGraph(Kept)
    graph.add_node("remember", remember)
    graph.add_edge(START, "remember")
    return graph.compile(checkpointer=saver)


async def test_what_was_kept_comes_back_as_itself(database: Database) -> None:
    saver = PooledSaver(database.pool)
    await migrate(database, extra_setup=saver.setup)
    for nth in range(3):
        await graph_with(saver).ainvoke({"words": f"{nth}?"}, CONFIG, durability="exit")
    values = (await graph_with(PooledSaver(database.pool)).aget_state(CONFIG)).values
    assert (values["words"], values["numbers"]) == ("2?", [2])
    assert [turn.question for turn in values["memory"].turns] == ["0?", "1?", "2?"]
    assert values["memory"].turns[0].reply == "Twelve \0 Ω."
    history = [state async for state in graph_with(saver).aget_state_history(CONFIG)]
    assert [len(state.values["memory"].turns) for state in history] == [3, 2, 1]
