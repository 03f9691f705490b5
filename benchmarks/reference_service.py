"""Reference for the service benchmark: a bare six-node graph behind a bare WebSocket, and an echo.

python -m benchmarks.reference_service PORT MODEL_URL TARGET_URL [STORE_URL]

`/ask` runs one turn: two structured model calls, a query, and a streamed model call of 40 tokens. With a
store the turn is checkpointed (`durability="exit"`), as in the service. Nothing else is done: no
authentication, logging, retrieval, validation or event log. `/echo` echoes each message.
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypedDict

import httpx2
import uvicorn
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

QUERY = "SELECT status, count(*) AS orders FROM orders GROUP BY status ORDER BY status"
FORM = {
    "type": "json_schema",
    "json_schema": {"name": "form", "schema": {"type": "object", "properties": {}}},
}


class State(TypedDict, total=False):
    """State of the reference graph."""

    question: str
    rows: list[Any]
    reply: str


class Turn:
    """The six nodes of the reference graph."""

    def __init__(self, http: httpx2.AsyncClient, target: AsyncConnectionPool) -> None:
        self._http = http
        self._target = target

    async def fill_form(self, state: State) -> State:
        """Make a structured model call."""
        body = {"model": "stub", "messages": _messages(state), "response_format": FORM}
        (await self._http.post("chat/completions", json=body)).json()
        return {}

    async def no_op(self, state: State) -> State:
        """Do nothing."""
        return {}

    async def execute(self, state: State) -> State:
        """Run the query."""
        async with self._target.connection() as connection:
            rows = await (await connection.execute(QUERY)).fetchall()
        get_stream_writer()({"rows": [list(row) for row in rows]})
        return {"rows": [list(row) for row in rows]}

    async def answer(self, state: State) -> State:
        """Stream the model's tokens."""
        write, words = get_stream_writer(), []
        body = {"model": "stub", "messages": _messages(state), "stream": True}
        async with self._http.stream("POST", "chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    choices = json.loads(line[6:])["choices"]
                    word = choices[0]["delta"].get("content") if choices else None
                    if word:
                        words.append(word)
                        write({"word": word})
        return {"reply": "".join(words), "rows": []}


def _messages(state: State) -> list[dict[str, str]]:
    return [{"role": "user", "content": state["question"]}]


def build_graph(turn: Turn, saver: AsyncPostgresSaver | None) -> Any:
    """Build the graph: six nodes in sequence."""
    graph = StateGraph(State)
    nodes = {
        "analyze": turn.fill_form,
        "retrieve": turn.no_op,
        "generate": turn.fill_form,
        "validate": turn.no_op,
        "execute": turn.execute,
        "answer": turn.answer,
    }
    before = START
    for name, node in nodes.items():
        graph.add_node(name, node)
        graph.add_edge(before, name)
        before = name
    graph.add_edge(before, END)
    return graph.compile(checkpointer=saver)


@asynccontextmanager
async def open_graph(model: str, target: str, store: str | None) -> AsyncIterator[Any]:
    """Open the graph with its HTTP client, pools and checkpointer."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=model + "/", trust_env=False))
        pool = await stack.enter_async_context(
            AsyncConnectionPool(target, min_size=2, max_size=10, open=False)
        )
        saver = None
        if store is not None:
            options = {"autocommit": True, "row_factory": dict_row}
            store_pool = AsyncConnectionPool(store, kwargs=options, min_size=2, max_size=10, open=False)
            saver = AsyncPostgresSaver(await stack.enter_async_context(store_pool))  # type: ignore[arg-type]
            await saver.setup()
        yield build_graph(Turn(http, pool), saver)


def build_app(model: str, target: str, store: str | None) -> Starlette:
    """Build the ASGI app with its two WebSocket routes."""
    graphs: list[Any] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with open_graph(model, target, store) as graph:
            graphs.append(graph)
            yield

    async def ask(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await _run_turn(graphs[0], socket, json.loads(await socket.receive_text()))
        except WebSocketDisconnect:
            return

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect:
            return

    return Starlette(routes=[WebSocketRoute("/ask", ask), WebSocketRoute("/echo", echo)], lifespan=lifespan)


async def _run_turn(graph: Any, socket: WebSocket, command: dict[str, str]) -> None:
    config = {"configurable": {"thread_id": command["thread"]}}
    graph_input = {"question": command["question"]}
    await socket.send_text('{"begun": true}')
    async for part in graph.astream(
        graph_input, config, stream_mode=["custom", "updates"], durability="exit", version="v2"
    ):
        await socket.send_text(json.dumps({"type": part["type"], "data": part["data"]}))
    await socket.send_text('{"end": true}')


def main() -> None:
    """Serve until killed."""
    port, model, target, *store = sys.argv[1:]
    uvicorn.run(
        build_app(model, target, store[0] if store else None),
        port=int(port),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        backlog=8192,
    )


if __name__ == "__main__":
    main()
