import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from graph.events import QuestionAsked, Suggestions, TextDelta
from graph.runs.event_writer import EventWriter
from store.errors import LeaseLost
from store.runs.events import LoggedEvent, NewEvent
from tests.fixtures.scripted_analyst import make_run


class RunStore:
    """Numbers events and keeps them; each append gives the loop a turn, as a database would."""

    def __init__(self, lost: bool = False) -> None:
        self.batches: list[list[NewEvent]] = []
        self.lost = lost
        self.seq = 0

    async def append(self, run: Any, events: Sequence[NewEvent], owner: str) -> list[LoggedEvent]:
        await asyncio.sleep(0)
        if self.lost:
            raise LeaseLost(run.id)
        self.batches.append(list(events))
        logged = []
        for event in events:
            self.seq += 1
            logged.append(
                LoggedEvent(self.seq, run.id, event.channel, event.payload, event.name, datetime.now(UTC))
            )
        return logged


def writer_on(ledger: Any, told: list[LoggedEvent]) -> EventWriter:
    def tell(conversation: UUID, events: Sequence[LoggedEvent]) -> None:
        told.extend(events)

    return EventWriter(ledger, make_run(uuid4()), "me", tell)


async def test_events_are_kept_and_told_in_the_order_they_were_put() -> None:
    told: list[LoggedEvent] = []
    writer = writer_on(RunStore(), told)

    writer.put(QuestionAsked("Why?", "r", "shop"))
    writer.put(Suggestions(("And?",)))
    await writer.flush()

    assert [(event.seq, event.name) for event in told] == [(1, "asked"), (2, "suggestions")]


async def test_the_reply_is_one_message_begun_and_finished_once() -> None:
    told: list[LoggedEvent] = []
    writer = writer_on(RunStore(), told)

    for word in ("One ", "two ", "three."):
        writer.put(TextDelta(word))
        await asyncio.sleep(0)
    writer.put(Suggestions(()))
    await writer.flush()

    kinds = [event.payload["phase"] for event in told if event.channel == "messages"]
    pieces = [event.payload["text"] for event in told if event.payload.get("phase") == "text"]
    assert (kinds[:2], kinds[-2:]) == (
        ["started", "text_started"],
        ["text_finished", "finished"],
    )
    assert "".join(pieces) == "One two three."


async def test_words_that_come_together_share_a_row() -> None:
    ledger = RunStore()
    writer = writer_on(ledger, [])

    for _ in range(100):
        writer.put(TextDelta("x"))
    await writer.flush()

    deltas = [event for batch in ledger.batches for event in batch if event.payload.get("phase") == "text"]
    assert len(deltas) == 1


@pytest.mark.parametrize(("first", "alone"), [(1, True), (2, False)])
async def test_a_number_in_between_means_that_somebody_else_wrote(first: int, alone: bool) -> None:
    ledger = RunStore()
    ledger.seq = first
    run = make_run(uuid4())
    told = [LoggedEvent(1, run.id, "lifecycle", {"event": "running"}, None, datetime.now(UTC))]
    writer = EventWriter(cast(Any, ledger), run, "me", lambda *_: None, told)

    for _ in range(2):
        writer.put(Suggestions(()))
        await writer.flush()

    assert writer.is_sole_writer is alone


async def test_who_did_not_see_the_beginning_does_not_know_whether_somebody_wrote() -> None:
    assert not writer_on(RunStore(), []).is_sole_writer


async def test_a_lost_lease_is_raised_to_who_waits() -> None:
    writer = writer_on(RunStore(lost=True), [])
    writer.put(Suggestions(()))

    with pytest.raises(LeaseLost):
        await writer.flush()
