import json
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from graph.runs import MOST_QUESTION
from scripts.papers import ROOT
from store.backlog import MOST_QUEUED
from store.syncs import Sync
from transport import bounds, crowd, following, outbox, patience, server, syncing, websocket
from transport.app import COMMANDS as POSTED
from transport.app import EVENTS
from transport.connecting import DATABASE
from transport.syncing import SYNC
from transport.wire import Command, read_command

PAGE = (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "limit",
    [
        f"{MOST_QUESTION:,} characters",
        f"a frame to the service | {server.MOST_FRAME // 1024} KiB",
        f"the body of a request | {bounds.MOST_BYTES // 1024} KiB",
        f"one at a time, {MOST_QUEUED} in its queue",
        f"connections of one asker | {crowd.MOST_EACH} for each named asker",
        f"{outbox.MOST_FRAMES} frames or {outbox.MOST_BYTES // 2**20} MiB wait",
        f"| {websocket.TOKEN_EXPIRED} |",
        f"subscriptions of a socket | {following.MOST_SUBSCRIPTIONS} |",
        f"{patience.PATIENCE_S:.0f} s for a frame",
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
    for door in (DATABASE, SYNC, syncing.EVENTS):
        assert re.search(rf"^\| `[A-Z]+`?(, `[A-Z]+)? {re.escape(door)}` \|", PAGE, re.MULTILINE), door


def test_a_sync_on_paper_is_what_is_sent() -> None:
    shown = re.search(r"## Syncs.*?```json\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    now = datetime.now(UTC)
    sync = Sync(UUID(int=1), "shop", False, "queued", None, None, 0, 0, 1, None, None, now, None, None)
    assert json.loads(shown[1]).keys() == syncing.as_json(sync).keys()


def test_the_commands_that_are_shown_are_understood() -> None:
    shown = re.findall(r"^→ (\{.*\})$", PAGE, re.MULTILINE)
    assert len(shown) >= 2
    for frame in shown:
        assert isinstance(read_command(frame), Command)
