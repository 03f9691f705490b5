"""Charts as pictures: drawn from the specification that went out as an event of the conversation."""

from typing import Literal

from fastapi import Request, Response

from agent.charts.rendering import draw
from graph.compose import Service
from transport.protocol.errors import Refused
from transport.realtime.commands import visit_of

TYPES = {"svg": "image/svg+xml", "png": "image/png"}
# Opened by itself, an SVG is a page: this one may do nothing but be looked at. The event never changes.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}


class Pictures:
    """Draws what was charted."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def chart(self, request: Request, event: int, kind: Literal["svg", "png"]) -> Response:
        """Draw the chart that went out as this event of a conversation."""
        visit = visit_of(request, self._service)
        charted = await self._service.runner.event(visit.asker, visit.conversation, event)
        if charted is None or charted.name != "chart":
            raise Refused("no_such_chart", "There is no such chart in this conversation.")
        return Response(await draw(charted.payload["spec"], kind), media_type=TYPES[kind], headers=HEADERS)


def chart_path(thread: str, event_id: str, kind: str) -> str:
    """Say where the picture of a chart is found."""
    return f"/threads/{thread}/charts/{event_id}.{kind}"
