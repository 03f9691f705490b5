"""A small server that speaks the wire to the page, with answers written down beforehand.

Everything is kept in a numbered log, so leaving and coming back is the real thing.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.fakes_page_talk import ASK, WAIT, Scene, Script, Talk

PAGE = Path(__file__).parent.parent / "transport" / "web"


class PageServer:
    """Serves the page and plays scripts. Open it with `page_server`."""

    def __init__(self, scripts: Mapping[str, Script], token: str | None = None) -> None:
        self.scripts = scripts
        self.token = token
        self.talks: dict[str, Talk] = {}
        self.commands: list[dict[str, Any]] = []
        self.subscriptions: list[int] = []
        self.databases = [
            {"name": "shop", "description": "A web shop: three years of orders.", "dialect": "postgres"},
            {"name": "library", "description": "Books, and who has them.", "dialect": "sqlite"},
        ]
        self.address = ""
        self.reachable = True
        self.repeats = False
        self.removed = threading.Event()
        self._gate = asyncio.Event()
        self._sockets: set[WebSocket] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def go_on(self) -> None:
        """Let a script that waits go on."""
        self._inside(self._gate.set)

    def drop_sockets(self) -> None:
        """Cut every socket, as a bad network does."""
        for open_socket in list(self._sockets):
            self._inside(partial(asyncio.ensure_future, open_socket.close(1012)))

    def _inside(self, deed: Callable[[], object]) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(deed)

    def app(self) -> Starlette:
        """The routes the page knows."""
        return Starlette(
            routes=[
                Route("/", self._index),
                Route("/login", self._login, methods=["POST"]),
                Route("/databases", self._databases),
                Route("/threads", self._begin, methods=["POST"]),
                Route("/threads/search", self._search, methods=["POST"]),
                Route("/threads/{id}", self._change, methods=["PATCH", "DELETE"]),
                Route("/threads/{id}/state", self._state),
                Route("/threads/{id}/charts/{name}", self._chart),
                WebSocketRoute("/threads/{id}/stream/events", self._events),
                Mount("/page", StaticFiles(directory=PAGE)),
            ]
        )

    async def _index(self, request: Request) -> Response:
        self._loop = asyncio.get_running_loop()
        policy = "default-src 'self'; connect-src 'self'"
        return FileResponse(PAGE / "index.html", headers={"Content-Security-Policy": policy})

    async def _login(self, request: Request) -> Response:
        if (await request.json()).get("token") != self.token:
            return JSONResponse({"error": "unauthorized", "message": "No."}, 401)
        response = Response(status_code=204)
        response.set_cookie("querent_token", self.token or "", httponly=True, samesite="strict")
        return response

    async def _end(self, talk: Talk) -> None:
        """Tell who still looks that there is nothing more to see."""
        for viewer in self._sockets:
            if viewer.path_params["id"] == talk.id:
                await viewer.send_json({"type": "error", "id": None, "message": "It is gone."})

    def _knows(self, visitor: Request | WebSocket) -> bool:
        return self.token is None or visitor.cookies.get("querent_token") == self.token

    async def _databases(self, request: Request) -> Response:
        return JSONResponse(self.databases) if self._knows(request) else Response(status_code=401)

    async def _begin(self, request: Request) -> Response:
        metadata = (await request.json())["metadata"]
        talk = Talk(metadata.get("database", self.databases[0]["name"]))
        self.talks[talk.id] = talk
        return JSONResponse(talk.as_thread())

    async def _search(self, request: Request) -> Response:
        if not self._knows(request):
            return Response(status_code=401)
        return JSONResponse([talk.as_thread() for talk in self.talks.values()])

    async def _change(self, request: Request) -> Response:
        talk = self.talks[request.path_params["id"]]
        if request.method == "DELETE":
            del self.talks[talk.id]
            await self._end(talk)
            self.removed.set()
            return Response(status_code=204)
        talk.title = (await request.json())["metadata"]["title"]
        return JSONResponse(talk.as_thread())

    async def _state(self, request: Request) -> Response:
        if not self._knows(request):
            return Response(status_code=401)
        if request.path_params["id"] in self.talks:
            return JSONResponse({"values": {}})
        return JSONResponse({"error": "not_found", "message": "There is no such conversation."}, 404)

    async def _chart(self, request: Request) -> Response:
        picture = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'
        return Response(picture, media_type="image/svg+xml")

    async def _events(self, websocket: WebSocket) -> None:
        talk = self.talks.get(websocket.path_params["id"])
        if talk is None or not self.reachable or not self._knows(websocket):
            await websocket.close()
            return
        await websocket.accept()
        self._sockets.add(websocket)
        viewers: list[asyncio.Task[None]] = []
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                command = await websocket.receive_json()
                self.commands.append(command)
                if command["method"] == "subscription.subscribe":
                    viewers.append(asyncio.create_task(self._show(talk, websocket, command)))
                else:
                    await websocket.send_json(self._obey(talk, command))
        self._sockets.discard(websocket)
        for viewer in viewers:
            viewer.cancel()

    async def _show(self, talk: Talk, websocket: WebSocket, command: dict[str, Any]) -> None:
        since = command["params"]["since"]
        self.subscriptions.append(since)
        if self.repeats:
            since = max(0, since - 3)
        await websocket.send_json(
            {"type": "success", "id": command["id"], "result": {"subscription_id": "1"}}
        )
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                async with talk.news:
                    while len(talk.log) <= since:
                        await talk.news.wait()
                    fresh = talk.log[since:]
                since += len(fresh)
                for event in fresh:
                    await websocket.send_json(event)

    def _obey(self, talk: Talk, command: dict[str, Any]) -> dict[str, Any]:
        params = command["params"]
        match command["method"]:
            case "run.start":
                question = params["input"]["question"]
                if question not in self.scripts:
                    return self._no(command, "That question cannot be taken.")
                talk.title = talk.title or question
                talk.run = asyncio.create_task(self._play(talk, question))
            case "run.cancel" if talk.run and not talk.run.done():
                talk.run.cancel()
            case "input.respond":
                talk.response = {"interrupt_id": params["interrupt_id"], "response": params["response"]}
                talk.answered.set()
            case _:
                return self._no(command, "Nothing is running.")
        return {"type": "success", "id": command["id"], "result": {}}

    def _no(self, command: dict[str, Any], sentence: str) -> dict[str, Any]:
        return {"type": "error", "id": command["id"], "error": "invalid_argument", "message": sentence}

    async def _play(self, talk: Talk, question: str) -> None:
        talk.run_id = str(uuid4())
        asked = {"question": question, "run_id": talk.run_id, "database": talk.database}
        try:
            await self._life(talk, "running")
            await talk.write("custom", {"name": "asked", "payload": asked})
            for scene in self.scripts[question]:
                await self._perform(talk, scene)
        except asyncio.CancelledError:
            await self._life(talk, "cancelled")
            raise
        if talk.log[-1]["params"]["data"].get("event") != "failed":
            await self._life(talk, "completed")

    async def _perform(self, talk: Talk, scene: Scene) -> None:
        if scene is WAIT:
            await self._gate.wait()
            self._gate.clear()
        elif scene is ASK:
            await self._life(talk, "interrupted")
            await talk.answered.wait()
            talk.answered.clear()
            talk.run_id = str(uuid4())
            await self._life(talk, "running")
            told = {"name": "responded", "payload": {**talk.response, "by": "person"}}
            await talk.write("custom", told)
        else:
            await talk.write(
                scene.method, scene.data | ({"run_id": talk.run_id} if scene.method == "lifecycle" else {})
            )

    async def _life(self, talk: Talk, status: str) -> None:
        event = "failed" if status == "cancelled" else status
        await talk.write("lifecycle", {"event": event, "status": status, "run_id": talk.run_id})


@contextmanager
def page_server(server: PageServer) -> Iterator[PageServer]:
    """Serve on a free port of this machine until left."""
    listener = socket.create_server(("127.0.0.1", 0))
    server.address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    config = uvicorn.Config(server.app(), log_level="error", ws="websockets-sansio", lifespan="off")
    engine = uvicorn.Server(config)
    thread = threading.Thread(target=engine.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield server
    finally:
        engine.should_exit = engine.force_exit = True
        thread.join()
        listener.close()
