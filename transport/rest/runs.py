"""REST endpoints for the runs of a conversation: status, usage, cancellation."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from agent.charts.vega_lite import render_chart
from graph.compose import Service
from graph.errors import RunNotFound
from store.runs.records import Run
from transport.protocol.errors import RequestRefused
from transport.realtime.commands import context_of

MAX_RUNS = 100


class RunEndpoints:
    """Run endpoints as stock clients expect them."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def list_runs(
        self, request: Request, limit: Annotated[int, Query(ge=1, le=MAX_RUNS)] = 10
    ) -> list[dict[str, Any]]:
        """List the runs of a conversation, the latest first."""
        context = context_of(request, self._service)
        runs = await self._service.runner.runs(context.user, context.conversation, limit)
        return [as_json(run) for run in runs]

    async def get(self, request: Request, run_id: UUID) -> dict[str, Any]:
        """Return one run."""
        context = context_of(request, self._service)
        return as_json(await self._service.runner.run(context.user, context.conversation, run_id))

    async def cancel(self, request: Request, run_id: UUID) -> Response:
        """Cancel an active or queued run; a finished one is left unchanged (204)."""
        context = context_of(request, self._service)
        await self._service.runner.run(context.user, context.conversation, run_id)
        try:
            await self._service.runner.cancel(context.user, context.conversation, run_id)
        except RunNotFound:
            return Response(status_code=204)
        return Response(status_code=202)


def as_json(run: Run) -> dict[str, Any]:
    """Serialize a run; `usage` is known when it has finished."""
    return {
        "run_id": str(run.id),
        "thread_id": str(run.conversation_id),
        "assistant_id": "querent",
        "status": run.status,
        "question": run.question,
        "attempt": run.attempt,
        "error": run.error,
        "created_at": run.created_at.isoformat(),
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "usage": run.usage,
    }


def run_routes(service: Service) -> APIRouter:
    """Return the routes of the run endpoints."""
    endpoints = RunEndpoints(service)
    router = APIRouter()
    runs = "/threads/{thread_id}/runs"
    router.add_api_route(runs, endpoints.list_runs, methods=["GET"])
    router.add_api_route(f"{runs}/{{run_id}}", endpoints.get, methods=["GET"])
    router.add_api_route(f"{runs}/{{run_id}}/cancel", endpoints.cancel, methods=["POST"], status_code=202)
    return router


MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
# Opened directly, an SVG is a document: this policy denies it scripts and requests. Events are immutable.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}


class ChartEndpoint:
    """Endpoint that renders charts as SVG or PNG."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def get(self, request: Request, event: int, image_format: Literal["svg", "png"]) -> Response:
        """Render the chart of an event."""
        context = context_of(request, self._service)
        chart = await self._service.runner.event(context.user, context.conversation, event)
        if chart is None or chart.name != "chart":
            raise RequestRefused("no_such_chart", "This conversation has no such chart.")
        image = await render_chart(chart.payload["spec"], image_format)
        return Response(image, media_type=MEDIA_TYPES[image_format], headers=HEADERS)


def chart_path(thread: str, event_id: str, image_format: str) -> str:
    """Return the path of a chart's image."""
    return f"/threads/{thread}/charts/{event_id}.{image_format}"
