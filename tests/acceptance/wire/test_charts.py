"""Charts: a specification on the wire, an image over plain HTTP."""

import httpx
import pytest

from agent.charts.vega_lite import SCHEMA
from tests.fixtures.scripted_analyst import make_rows
from tests.fixtures.scripted_service import RunningService
from tests.fixtures.ws_client import WebSocketClient

COUNTED = make_rows(["species", "n"], [("cat", 2), ("dog", 1)])


@pytest.fixture
async def charted(served: RunningService, caller: WebSocketClient) -> str:
    """The id of an event that brought a chart."""
    served.target.outcomes.append(COUNTED)
    events = await (await caller.subscribe()).ask("How many pets of each species?")
    events_by_name = [event for event in events if event["method"] == "custom"]
    chart = next(event for event in events_by_name if event["params"]["data"]["name"] == "chart")
    payload = chart["params"]["data"]["payload"]
    assert (payload["kind"], payload["spec"]["$schema"]) == ("bar", SCHEMA)
    return str(chart["event_id"])


async def test_a_chart_is_drawn_as_svg_and_png(http: httpx.AsyncClient, thread: str, charted: str) -> None:
    svg = await http.get(f"/threads/{thread}/charts/{charted}.svg")
    assert (svg.status_code, svg.headers["content-type"]) == (200, "image/svg+xml")
    assert svg.text.startswith("<svg")
    assert "sandbox" in svg.headers["content-security-policy"]
    png = await http.get(f"/threads/{thread}/charts/{charted}.png")
    assert (png.status_code, png.content[:4]) == (200, b"\x89PNG")


@pytest.mark.parametrize("event", ["1", "999999"])
async def test_what_is_no_chart_is_not_drawn(
    http: httpx.AsyncClient, thread: str, charted: str, event: str
) -> None:
    answer = await http.get(f"/threads/{thread}/charts/{event}.svg")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_chart")


@pytest.mark.parametrize("name", ["x.svg", "1.gif", "-1.svg"])
async def test_nonsense_is_refused(http: httpx.AsyncClient, thread: str, name: str) -> None:
    assert (await http.get(f"/threads/{thread}/charts/{name}")).status_code in (400, 404, 422)


async def test_the_chart_of_another_conversation_is_not_there(http: httpx.AsyncClient, charted: str) -> None:
    other = (await http.post("/threads")).json()["thread_id"]
    assert (await http.get(f"/threads/{other}/charts/{charted}.svg")).status_code == 404
