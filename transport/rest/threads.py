"""REST endpoints for threads (conversations), their state and history, databases and health."""

from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import JSONResponse

from graph.admin.schema_sync import choose_database
from graph.compose import Service
from graph.errors import RunNotFound
from graph.runs.snapshots import PendingInterrupt, Snapshot
from store.conversations import Conversation
from transport.auth.authentication import user_of
from transport.protocol.commands import NUL_FREE_PATTERN
from transport.protocol.errors import RequestRefused
from transport.realtime.commands import RequestContext, context_of
from transport.rest.runs import ChartEndpoint
from transport.version import VERSION


def thread_summary(conversation: Conversation) -> dict[str, Any]:
    """Serialize a conversation for a list."""
    return {
        "thread_id": str(conversation.id),
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
        "metadata": {
            "title": conversation.title,
            "database": conversation.database,
            "graph_id": "querent",
        },
    }


def thread_with_state(conversation: Conversation, snapshot: Snapshot, is_busy: bool) -> dict[str, Any]:
    """Serialize a conversation with its status, values and interrupts."""
    interrupts = [_interrupt(pending) for pending in snapshot.interrupts]
    return thread_summary(conversation) | {
        "status": "busy" if is_busy and not interrupts else "interrupted" if interrupts else "idle",
        "values": snapshot.values,
        "interrupts": {_task_id(snapshot): interrupts} if interrupts else {},
    }


def checkpoint_state(thread: UUID, snapshot: Snapshot) -> dict[str, Any]:
    """Serialize a checkpoint."""
    interrupts = [_interrupt(pending) for pending in snapshot.interrupts]
    return {
        "values": snapshot.values,
        "next": list(snapshot.next),
        "checkpoint": _checkpoint(thread, snapshot.checkpoint_id),
        "metadata": snapshot.metadata,
        "created_at": snapshot.created_at,
        "parent_checkpoint": _checkpoint(thread, snapshot.parent_id) if snapshot.parent_id else None,
        "tasks": [
            {
                "id": _task_id(snapshot),
                "name": name,
                "error": None,
                "interrupts": interrupts,
                "checkpoint": None,
                "state": None,
                "result": None,
            }
            for name in snapshot.next
        ],
        "interrupts": interrupts,
    }


def _interrupt(pending: PendingInterrupt) -> dict[str, Any]:
    return {"id": pending.id, "value": pending.payload}


def _task_id(snapshot: Snapshot) -> str:
    return ":".join((snapshot.checkpoint_id or "", *snapshot.next))


def _checkpoint(thread: UUID, id: str | None) -> dict[str, Any]:
    return {"thread_id": str(thread), "checkpoint_ns": "", "checkpoint_id": id, "checkpoint_map": None}


MAX_THREADS = 1_000
MAX_STATES = 100

ShortText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NUL_FREE_PATTERN)
]
Count = Annotated[int, Field(ge=0, le=MAX_THREADS)]


class RequestBody(BaseModel):
    """Request body; unknown fields are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ThreadMetadata(BaseModel):
    """Stored part of a thread's metadata. Other entries, which stock clients send, are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: ShortText | None = None
    database: ShortText | None = None


class ThreadCreate(RequestBody):
    """Create a thread about a database; by default the only one, or the sample."""

    database: ShortText | None = None
    metadata: ThreadMetadata = ThreadMetadata()


class ThreadUpdate(RequestBody):
    """Change the title of a thread."""

    metadata: ThreadMetadata


class ThreadSearch(RequestBody):
    """Filter and page of a thread list."""

    limit: Count = 100
    offset: Count = 0
    metadata: ThreadMetadata = ThreadMetadata()


class HistoryLimit(RequestBody):
    """Number of states to return."""

    limit: Annotated[int, Field(ge=1, le=MAX_STATES)] = 10


class ThreadEndpoints:
    """Endpoints for threads, databases and health."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def create(self, request: Request, options: ThreadCreate | None = None) -> dict[str, Any]:
        """Create a thread. The service chooses its id."""
        options = options or ThreadCreate()
        database = await choose_database(
            self._service.components.connections, options.database or options.metadata.database
        )
        conversation = await self._service.conversations.create(user_of(request), database)
        if options.metadata.title:
            await self._service.conversations.set_title(conversation.id, options.metadata.title)
        return await self._with_state(RequestContext(self._service, user_of(request), conversation.id))

    async def search(self, request: Request, search: ThreadSearch | None = None) -> list[dict[str, Any]]:
        """List threads, the most recently used first."""
        search = search or ThreadSearch()
        required = search.metadata.model_dump(exclude_none=True)
        conversations = await self._service.conversations.list_for_user(user_of(request), MAX_THREADS)
        threads = [thread_summary(conversation) for conversation in conversations]
        matching = [thread for thread in threads if required.items() <= thread["metadata"].items()]
        return matching[search.offset : search.offset + search.limit]

    async def get(self, request: Request) -> dict[str, Any]:
        """Return a thread with its status, values and interrupts."""
        return await self._with_state(context_of(request, self._service))

    async def update(self, request: Request, update: ThreadUpdate) -> dict[str, Any]:
        """Change the title of a thread."""
        context = context_of(request, self._service)
        conversation = await self._conversation(context)
        if update.metadata.database not in (None, conversation.database):
            raise RequestRefused("invalid_argument", "The database of a conversation cannot be changed.")
        if update.metadata.title:
            await self._service.conversations.set_title(conversation.id, update.metadata.title)
        return await self._with_state(context)

    async def delete(self, request: Request) -> Response:
        """Cancel the active run of a thread and delete the thread."""
        context = context_of(request, self._service)
        with suppress(RunNotFound):
            await self._service.runner.cancel(context.user, context.conversation)
        await self._service.conversations.remove(context.user, context.conversation)
        return Response(status_code=204)

    async def state(self, request: Request) -> dict[str, Any]:
        """Return the current state of a thread and its open interrupts."""
        context = context_of(request, self._service)
        snapshot = await self._service.runner.state(context.user, context.conversation)
        return checkpoint_state(context.conversation, snapshot)

    async def history(
        self, request: Request, limit: Annotated[int, Query(ge=1, le=MAX_STATES)] = 10
    ) -> list[dict[str, Any]]:
        """Return the states after the last turns of a thread, the latest first."""
        return await self._history(context_of(request, self._service), limit)

    async def post_history(self, request: Request, body: HistoryLimit | None = None) -> list[dict[str, Any]]:
        """Return the same for clients that send the limit in a body."""
        return await self._history(context_of(request, self._service), (body or HistoryLimit()).limit)

    async def databases(self) -> list[dict[str, str]]:
        """List the databases that can be queried."""
        connections = await self._service.components.connections.all()
        return [
            {
                "name": connection.name,
                "description": connection.description,
                "dialect": connection.dialect,
            }
            for connection in connections
        ]

    async def health(self) -> Response:
        """Report whether the service can answer questions: 200, or 503."""
        checks = await self._service.health()
        is_healthy = all(checks.values())
        status = "ok" if is_healthy else "failing"
        report = {"service": "querent", "version": VERSION, "status": status, **checks}
        return JSONResponse(report, 200 if is_healthy else 503)

    async def _conversation(self, context: RequestContext) -> Conversation:
        return await self._service.conversations.find(context.user, context.conversation)

    async def _with_state(self, context: RequestContext) -> dict[str, Any]:
        runner = self._service.runner
        conversation = await self._conversation(context)
        snapshot = await runner.state(context.user, context.conversation)
        is_busy = await runner.last_seq(context.conversation) > await context.settled_seq()
        return thread_with_state(conversation, snapshot, is_busy)

    async def _history(self, context: RequestContext, limit: int) -> list[dict[str, Any]]:
        snapshots = await self._service.runner.history(context.user, context.conversation, limit)
        return [checkpoint_state(context.conversation, snapshot) for snapshot in snapshots]


def thread_routes(service: Service) -> APIRouter:
    """Return the routes of the thread, database and health endpoints."""
    endpoints = ThreadEndpoints(service)
    router = APIRouter()
    thread = "/threads/{thread_id}"
    router.add_api_route("/threads", endpoints.create, methods=["POST"])
    router.add_api_route("/threads/search", endpoints.search, methods=["POST"])
    router.add_api_route(thread, endpoints.get, methods=["GET"])
    router.add_api_route(thread, endpoints.update, methods=["PATCH"])
    router.add_api_route(thread, endpoints.delete, methods=["DELETE"], status_code=204)
    router.add_api_route(f"{thread}/state", endpoints.state, methods=["GET"])
    router.add_api_route(f"{thread}/history", endpoints.history, methods=["GET"])
    router.add_api_route(f"{thread}/history", endpoints.post_history, methods=["POST"])
    charts = thread + "/charts/{event}.{image_format}"
    router.add_api_route(charts, ChartEndpoint(service).get, methods=["GET"])
    router.add_api_route("/databases", endpoints.databases, methods=["GET"])
    router.add_api_route("/healthz", endpoints.health, methods=["GET"])
    return router
