"""Plain HTTP: the runs of a conversation, what became of them and what they took."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from graph.compose import Service
from graph.errors import NoSuchRun
from store.runs.records import Run
from transport.realtime.commands import visit_of
from transport.rest.threads import Answered

MOST_RUNS = 100


class PastRuns:
    """Runs as stock clients expect them."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def all(
        self, request: Request, limit: Annotated[int, Query(ge=1, le=MOST_RUNS)] = 10
    ) -> list[dict[str, Any]]:
        """List the runs of a conversation, the last one first."""
        visit = visit_of(request, self._service)
        runs = await self._service.runner.runs(visit.asker, visit.conversation, limit)
        return [as_json(run) for run in runs]

    async def one(self, request: Request, run_id: UUID) -> dict[str, Any]:
        """Give one run."""
        visit = visit_of(request, self._service)
        return as_json(await self._service.runner.run(visit.asker, visit.conversation, run_id))

    async def cancel(self, request: Request, run_id: UUID) -> Response:
        """Stop a run, or take it out of the queue; one that is over is let be."""
        visit = visit_of(request, self._service)
        await self._service.runner.run(visit.asker, visit.conversation, run_id)
        try:
            await self._service.runner.cancel(visit.asker, visit.conversation, run_id)
        except NoSuchRun:
            return Response(status_code=204)
        return Response(status_code=202)


def as_json(run: Run) -> dict[str, Any]:
    """Show a run; `usage` is known at its end."""
    return {
        "run_id": str(run.id),
        "thread_id": str(run.conversation),
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


def build_past_runs(service: Service) -> APIRouter:
    """Say which request is answered by what."""
    runs = PastRuns(service)
    router = APIRouter(route_class=Answered)
    every = "/threads/{thread_id}/runs"
    router.add_api_route(every, runs.all, methods=["GET"])
    router.add_api_route(f"{every}/{{run_id}}", runs.one, methods=["GET"])
    router.add_api_route(f"{every}/{{run_id}}/cancel", runs.cancel, methods=["POST"], status_code=202)
    return router
