"""Plain HTTP: conversations, what they hold, the databases that may be asked, and how the service is."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from graph.compose import Service
from graph.errors import NoSuchRun
from store.conversations import Conversation
from transport.auth.authentication import asker_of, denial
from transport.protocol.commands import sentence_of
from transport.protocol.errors import Fault, Refused, fault_of
from transport.protocol.validation import WITHOUT_NUL
from transport.realtime.commands import Visit, visit_of
from transport.rest.charts import Pictures
from transport.rest.serializers import as_state, as_thread, as_whole_thread
from transport.version import VERSION

MOST_LISTED = 1_000
MOST_STATES = 100

Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=WITHOUT_NUL)
]
Count = Annotated[int, Field(ge=0, le=MOST_LISTED)]


class Body(BaseModel):
    """What a request may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class About(BaseModel):
    """What is kept of a thread's metadata. Clients put other things there too; those are not kept."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: Words | None = None
    database: Words | None = None


class Beginning(Body):
    """Begin a conversation about a database; with none named, the only one, or the sample."""

    database: Words | None = None
    metadata: About = About()


class Change(Body):
    """Give a conversation another title."""

    metadata: About


class Search(Body):
    """Which conversations to list, and how many."""

    limit: Count = 100
    offset: Count = 0
    metadata: About = About()


class Backward(Body):
    """How far back to look."""

    limit: Annotated[int, Field(ge=1, le=MOST_STATES)] = 10


class Rest:
    """The requests that are answered at once."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def begin(self, request: Request, beginning: Beginning | None = None) -> dict[str, Any]:
        """Begin a conversation. Its id is ours to make."""
        wanted = beginning or Beginning()
        database = await self._service.parts.choose_database(wanted.database or wanted.metadata.database)
        begun = await self._service.conversations.create(asker_of(request), database)
        if wanted.metadata.title:
            await self._service.conversations.entitle(begun.id, wanted.metadata.title)
        return await self._whole(_visit_of_new(request, self._service, begun))

    async def search(self, request: Request, search: Search | None = None) -> list[dict[str, Any]]:
        """List conversations, the one used last first."""
        wanted = search or Search()
        asked = wanted.metadata.model_dump(exclude_none=True)
        theirs = await self._service.conversations.all_of(asker_of(request), MOST_LISTED)
        threads = [as_thread(conversation) for conversation in theirs]
        found = [thread for thread in threads if asked.items() <= thread["metadata"].items()]
        return found[wanted.offset : wanted.offset + wanted.limit]

    async def find(self, request: Request) -> dict[str, Any]:
        """Give one conversation with what it holds."""
        return await self._whole(visit_of(request, self._service))

    async def change(self, request: Request, change: Change) -> dict[str, Any]:
        """Give a conversation another title."""
        visit = visit_of(request, self._service)
        conversation = await self._find(visit)
        if change.metadata.database not in (None, conversation.database):
            raise Refused("invalid_argument", "A conversation stays with its database.")
        if change.metadata.title:
            await self._service.conversations.entitle(conversation.id, change.metadata.title)
        return await self._whole(visit)

    async def remove(self, request: Request) -> Response:
        """Stop what runs in a conversation, and forget it."""
        visit = visit_of(request, self._service)
        with suppress(NoSuchRun):
            await self._service.runner.cancel(visit.asker, visit.conversation)
        await self._service.conversations.remove(visit.asker, visit.conversation)
        return Response(status_code=204)

    async def state(self, request: Request) -> dict[str, Any]:
        """Give what a conversation holds now, and what it waits for."""
        visit = visit_of(request, self._service)
        snapshot = await self._service.runner.state(visit.asker, visit.conversation)
        return as_state(visit.conversation, snapshot)

    async def history(
        self, request: Request, limit: Annotated[int, Query(ge=1, le=MOST_STATES)] = 10
    ) -> list[dict[str, Any]]:
        """Give what a conversation held after each of its last turns, newest first."""
        return await self._history(visit_of(request, self._service), limit)

    async def history_as_asked(
        self, request: Request, backward: Backward | None = None
    ) -> list[dict[str, Any]]:
        """Give the same, for clients that put the limit in the body."""
        return await self._history(visit_of(request, self._service), (backward or Backward()).limit)

    async def databases(self) -> list[dict[str, str]]:
        """Name the databases that may be asked."""
        connections = await self._service.parts.connections.all()
        return [
            {"name": each.name, "description": each.description, "dialect": each.dialect}
            for each in connections
        ]

    async def health(self) -> Response:
        """Say whether questions can be answered."""
        parts = await self._service.health()
        well = all(parts.values())
        told = {"service": "querent", "version": VERSION, "status": "ok" if well else "failing", **parts}
        return JSONResponse(told, 200 if well else 503)

    async def _find(self, visit: Visit) -> Conversation:
        return await self._service.conversations.find(visit.asker, visit.conversation)

    async def _whole(self, visit: Visit) -> dict[str, Any]:
        runner = self._service.runner
        conversation = await self._find(visit)
        snapshot = await runner.state(visit.asker, visit.conversation)
        busy = await runner.last_seq(visit.conversation) > await visit.settled_seq()
        return as_whole_thread(conversation, snapshot, busy)

    async def _history(self, visit: Visit, most: int) -> list[dict[str, Any]]:
        snapshots = await self._service.runner.history(visit.asker, visit.conversation, most)
        return [as_state(visit.conversation, snapshot) for snapshot in snapshots]


class Answered(APIRoute):
    """Answers with a fault what could not be answered otherwise: the one boundary of a request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler that FastAPI makes."""
        answer = super().get_route_handler()

        async def answer_anyway(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError as error:
                return denial(Fault("invalid_argument", sentence_of(error.errors())))
            except HTTPException:
                return denial(Fault("malformed", "The body cannot be read."))
            except Exception as error:  # noqa: BLE001
                return denial(fault_of(error))

        return answer_anyway


def build_rest(service: Service) -> APIRouter:
    """Say which request is answered by what."""
    rest = Rest(service)
    router = APIRouter(route_class=Answered)
    thread = "/threads/{thread_id}"
    router.add_api_route("/threads", rest.begin, methods=["POST"])
    router.add_api_route("/threads/search", rest.search, methods=["POST"])
    router.add_api_route(thread, rest.find, methods=["GET"])
    router.add_api_route(thread, rest.change, methods=["PATCH"])
    router.add_api_route(thread, rest.remove, methods=["DELETE"], status_code=204)
    router.add_api_route(f"{thread}/state", rest.state, methods=["GET"])
    router.add_api_route(f"{thread}/history", rest.history, methods=["GET"])
    router.add_api_route(f"{thread}/history", rest.history_as_asked, methods=["POST"])
    router.add_api_route(thread + "/charts/{event}.{kind}", Pictures(service).chart, methods=["GET"])
    router.add_api_route("/databases", rest.databases, methods=["GET"])
    router.add_api_route("/healthz", rest.health, methods=["GET"])
    return router


def _visit_of_new(request: Request, service: Service, conversation: Conversation) -> Visit:
    """Visit a conversation that has just begun."""
    return Visit(service, asker_of(request), conversation.id)
