"""The pages about the streaming protocol agree with the code."""

import json
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from graph.runs.service import MAX_QUESTION_LENGTH
from graph.state import MAX_ROUNDS
from scripts.generate_docs import ROOT
from store.maps.syncs import SchemaSync
from store.runs.queue import MAX_QUEUED
from transport import server
from transport.app import COMMANDS, EVENTS
from transport.middleware import body_limit
from transport.protocol.commands import Command, parse_command
from transport.realtime import connection_limits, send_queue, subscriptions, websocket
from transport.rest import schema_sync

REFERENCE = ROOT / "docs" / "reference"
LIMITS = (REFERENCE / "limits.md").read_text(encoding="utf-8")
PROTOCOL = (REFERENCE / "protocol.md").read_text(encoding="utf-8")
EVENTS_PAGE = (REFERENCE / "events.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "limit",
    [
        f"length of a question | {MAX_QUESTION_LENGTH:,} characters",
        f"size of a frame to the service | {server.MAX_FRAME_BYTES // 1024} KiB",
        f"size of a request body | {body_limit.MAX_BYTES // 1024} KiB",
        f"runs of a conversation | 1 active, {MAX_QUEUED} queued",
        f"({connection_limits.MAX_PER_USER} for each JWT user)",
        f"{send_queue.SEND_TIMEOUT_S:.0f} s to send a frame",
        f"{send_queue.MAX_FRAMES} frames or {send_queue.MAX_BYTES // 2**20} MiB queued",
        f"subscriptions per socket | {subscriptions.MAX_SUBSCRIPTIONS} |",
        f"ping every {server.PING_INTERVAL_S:.0f} s",
        f"drafting rounds of a question | {MAX_ROUNDS} |",
        f"| {websocket.CLOSE_TOKEN_EXPIRED} |",
        f"| {websocket.CLOSE_TRY_AGAIN_LATER} |",
        f"| {websocket.CLOSE_INTERNAL_ERROR} |",
    ],
)
def test_the_documented_limits_are_in_force(limit: str) -> None:
    assert limit in LIMITS


def test_the_documented_transports_exist() -> None:
    assert f"`WS {EVENTS}`" in PROTOCOL
    assert f"`POST {EVENTS}`" in PROTOCOL
    assert f"`POST {COMMANDS}`" in PROTOCOL


def test_the_documented_schema_sync_is_what_is_sent() -> None:
    block = re.search(r"## Schema sync.*?```json\n(.*?)```", EVENTS_PAGE, re.DOTALL)
    assert block
    assert f"`{schema_sync.EVENTS}`" in EVENTS_PAGE
    requested_at = datetime.now(UTC)
    sync = SchemaSync(
        UUID(int=1), "shop", False, "queued", None, None, 0, 0, 1, None, None, requested_at, None, None
    )
    assert json.loads(block[1]).keys() == schema_sync.as_json(sync).keys()


def test_the_documented_commands_are_valid() -> None:
    frames = re.findall(r"^→ (\{.*\})$", PROTOCOL, re.MULTILINE)
    assert len(frames) >= 2
    for frame in frames:
        assert isinstance(parse_command(frame), Command)
