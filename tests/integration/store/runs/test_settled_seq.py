"""Sequence numbers of finished runs in the event log."""

from datetime import UTC, datetime, timedelta

import pytest

from store.conversations import ConversationStore
from store.database import Database
from store.runs.events import NewEvent
from store.runs.records import NewRun, RunStatus
from store.runs.runs import RunStore

OURS = "process one"
LATER = timedelta(minutes=1)


def life(event: str) -> NewEvent:
    return NewEvent("lifecycle", {"event": event})


@pytest.mark.parametrize(
    ("status", "settled"), [("completed", 3), ("failed", 3), ("cancelled", 3), ("interrupted", 0)]
)
async def test_what_is_over_is_settled_and_what_waits_is_not(
    database: Database, status: RunStatus, settled: int
) -> None:
    store = RunStore(database)
    conversation = (await ConversationStore(database).create("ann", "shop")).id
    run = (await store.begin(NewRun(conversation, {"question": "Why?"}), OURS, 60)).run
    await store.append(run, [life("running"), NewEvent("messages", {"text": "x"})], OURS)
    before_end = datetime.now(UTC)
    assert await store.settled_seq(conversation, before_end) == 0
    await store.finish(run, status, OURS, last=[life(status)])
    assert await store.settled_seq(conversation, before_end + LATER) == settled
    # Then, it was not over yet.
    assert await store.settled_seq(conversation, before_end - LATER) == 0


async def test_the_last_run_can_be_told_from_those_before_it(database: Database) -> None:
    store = RunStore(database)
    conversation = (await ConversationStore(database).create("ann", "shop")).id
    assert await store.seq_before_last_run(conversation) == 0
    for expected in (0, 2, 4):
        run = (await store.begin(NewRun(conversation, {"question": "Why?"}), OURS, 60)).run
        await store.append(run, [life("running")], OURS)
        assert await store.seq_before_last_run(conversation) == expected
        await store.finish(run, "completed", OURS, last=[life("completed")])
        assert await store.seq_before_last_run(conversation) == expected
