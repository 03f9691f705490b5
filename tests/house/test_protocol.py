import json
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from graph.runs.service import MOST_QUESTION
from scripts.papers import ROOT
from store.maps.syncs import Sync
from store.runs.queue import MOST_QUEUED
from transport import server
from transport.app import COMMANDS as POSTED
from transport.app import EVENTS
from transport.middleware import body_limit
from transport.protocol.commands import Command, read_command
from transport.realtime import connection_limits, send_queue, subscriptions, websocket
from transport.rest import schema_sync
from transport.rest.connections import DATABASE
from transport.rest.schema_sync import SYNC

PAGE = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "limit",
    [
        f"{MOST_QUESTION:,} characters",
        f"a frame to the service | {server.MOST_FRAME // 1024} KiB",
        f"the body of a request | {body_limit.MOST_BYTES // 1024} KiB",
        f"one at a time, {MOST_QUEUED} in its queue",
        f"connections of one asker | {connection_limits.MOST_EACH} for each named asker",
        f"{send_queue.MOST_FRAMES} frames or {send_queue.MOST_BYTES // 2**20} MiB wait",
        f"| {websocket.TOKEN_EXPIRED} |",
        f"subscriptions of a socket | {subscriptions.MOST_SUBSCRIPTIONS} |",
        f"{send_queue.PATIENCE_S:.0f} s for a frame",
        f"ping every {server.PING_S:.0f} s",
        str(websocket.RESUME_LATER),
        str(websocket.GOING_WRONG),
    ],
)
def test_the_limits_on_paper_are_those_in_force(limit: str) -> None:
    assert limit in PAGE


def test_the_doors_on_paper_are_there() -> None:
    assert f"`WS {EVENTS}`" in PAGE
    assert f"`POST {EVENTS}`" in PAGE
    assert f"`POST {POSTED}`" in PAGE
    for door in (DATABASE, SYNC, schema_sync.EVENTS):
        assert re.search(rf"^\| `[A-Z]+`?(, `[A-Z]+)? {re.escape(door)}` \|", PAGE, re.MULTILINE), door


def test_a_sync_on_paper_is_what_is_sent() -> None:
    shown = re.search(r"## Syncs.*?```json\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    now = datetime.now(UTC)
    sync = Sync(UUID(int=1), "shop", False, "queued", None, None, 0, 0, 1, None, None, now, None, None)
    assert json.loads(shown[1]).keys() == schema_sync.as_json(sync).keys()


def test_the_commands_that_are_shown_are_understood() -> None:
    shown = re.findall(r"^→ (\{.*\})$", PAGE, re.MULTILINE)
    assert len(shown) >= 2
    for frame in shown:
        assert isinstance(read_command(frame), Command)
