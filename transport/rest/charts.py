"""Chart image endpoint: render the chart that was sent as an event of the conversation."""

from typing import Literal

from fastapi import Request, Response

from agent.charts.rendering import render_chart
from graph.compose import Service
from transport.protocol.errors import RequestRefused
from transport.realtime.context import context_of

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
