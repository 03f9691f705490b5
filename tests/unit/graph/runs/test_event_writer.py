import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from graph.events import Asked, Said, Suggestions
from graph.runs.event_writer import Journal
from store.errors import LeaseLost
from store.runs.events import LoggedEvent, NewEvent
from tests.fakes import run_of


class Ledger:
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


def journal_on(ledger: Any, told: list[LoggedEvent]) -> Journal:
    def tell(conversation: UUID, events: Sequence[LoggedEvent]) -> None:
        told.extend(events)

    return Journal(ledger, run_of(uuid4()), "me", tell)


async def test_events_are_kept_and_told_in_the_order_they_were_put() -> None:
    told: list[LoggedEvent] = []
    journal = journal_on(Ledger(), told)

    journal.put(Asked("Why?", "r", "shop"))
    journal.put(Suggestions(("And?",)))
    await journal.flush()

    assert [(event.seq, event.name) for event in told] == [(1, "asked"), (2, "suggestions")]


async def test_the_reply_is_one_message_begun_and_finished_once() -> None:
    told: list[LoggedEvent] = []
    journal = journal_on(Ledger(), told)

    for word in ("One ", "two ", "three."):
        journal.put(Said(word))
        await asyncio.sleep(0)
    journal.put(Suggestions(()))
    await journal.flush()

    kinds = [event.payload["event"] for event in told if event.channel == "messages"]
    pieces = [
        event.payload["delta"]["text"]
        for event in told
        if event.payload.get("event") == "content-block-delta"
    ]
    assert (kinds[:2], kinds[-2:]) == (
        ["message-start", "content-block-start"],
        ["content-block-finish", "message-finish"],
    )
    assert "".join(pieces) == "One two three."


async def test_words_that_come_together_share_a_row() -> None:
    ledger = Ledger()
    journal = journal_on(ledger, [])

    for _ in range(100):
        journal.put(Said("x"))
    await journal.flush()

    deltas = [event for batch in ledger.batches for event in batch if "delta" in event.payload]
    assert len(deltas) == 1


@pytest.mark.parametrize(("first", "alone"), [(1, True), (2, False)])
async def test_a_number_in_between_means_that_somebody_else_wrote(first: int, alone: bool) -> None:
    ledger = Ledger()
    ledger.seq = first
    run = run_of(uuid4())
    told = [LoggedEvent(1, run.id, "lifecycle", {"event": "running"}, None, datetime.now(UTC))]
    journal = Journal(cast(Any, ledger), run, "me", lambda *_: None, told)

    for _ in range(2):
        journal.put(Suggestions(()))
        await journal.flush()

    assert journal.alone is alone


async def test_who_did_not_see_the_beginning_does_not_know_whether_somebody_wrote() -> None:
    assert not journal_on(Ledger(), []).alone


async def test_a_lost_lease_is_raised_to_who_waits() -> None:
    journal = journal_on(Ledger(lost=True), [])
    journal.put(Suggestions(()))

    with pytest.raises(LeaseLost):
        await journal.flush()
