import asyncio
from uuid import UUID, uuid4

import pytest

from store.conversations import Conversations
from store.database import Database
from store.errors import NotFound, RunInProgress, TooManyRuns
from store.runs.events import LoggedEvent, NewEvent
from store.runs.queue import MOST_QUEUED, Backlog
from store.runs.records import NewRun, Run, RunEnd
from store.runs.runs import Ledger

OURS, THEIRS = "process one", "process two"
LONG = 60.0
QUEUED = NewEvent("lifecycle", {"event": "queued"})
CANCELLED = NewEvent("lifecycle", {"event": "cancelled"})
WAITING = RunEnd(waiting={"id": "i1", "default": "the first"}, waits_s=0.0)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


@pytest.fixture
def backlog(database: Database) -> Backlog:
    return Backlog(database)


@pytest.fixture
async def conversation(database: Database) -> UUID:
    return (await Conversations(database.engine).create("ann", "shop")).id


async def begun(ledger: Ledger, conversation: UUID) -> Run:
    return (await ledger.begin(NewRun(conversation, {"question": "One?"}), OURS, LONG)).run


async def queued(backlog: Backlog, conversation: UUID, question: str) -> UUID:
    run = uuid4()
    await backlog.enqueue(run, conversation, {"question": question}, QUEUED)
    return run


async def everything(ledger: Ledger, conversation: UUID) -> list[LoggedEvent]:
    return await ledger.events_after(conversation, 0)


async def test_the_queue_is_served_in_order_and_one_at_a_time(
    ledger: Ledger, backlog: Backlog, conversation: UUID
) -> None:
    run = await begun(ledger, conversation)
    waiting = [await queued(backlog, conversation, f"{nth}?") for nth in range(3)]
    assert await backlog.take_next(OURS, LONG, conversation) == []
    served = []
    for _ in waiting:
        await ledger.finish(run, "completed", OURS)
        [run] = await backlog.take_next(OURS, LONG, conversation)
        assert await backlog.take_next(THEIRS, LONG) == []
        served.append(run.id)
    assert served == waiting
    assert (run.question, run.status, run.owner, run.attempt) == ("2?", "running", OURS, 1)


async def test_who_waits_is_told_of_in_the_log(ledger: Ledger, backlog: Backlog, conversation: UUID) -> None:
    await begun(ledger, conversation)
    run = await queued(backlog, conversation, "Two?")
    [event] = await everything(ledger, conversation)
    assert (event.seq, event.run_id, event.payload) == (1, run, {"event": "queued"})


async def test_nobody_jumps_the_queue(ledger: Ledger, backlog: Backlog, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    await queued(backlog, conversation, "Two?")
    await ledger.finish(run, "completed", OURS)
    with pytest.raises(RunInProgress):
        await begun(ledger, conversation)


async def test_a_queue_is_taken_by_one_of_many(ledger: Ledger, backlog: Backlog, conversation: UUID) -> None:
    await queued(backlog, conversation, "Two?")
    taken = await asyncio.gather(*(backlog.take_next(f"process {nth}", LONG) for nth in range(8)))
    assert sum(len(runs) for runs in taken) == 1


async def test_a_queue_has_an_end(backlog: Backlog, conversation: UUID) -> None:
    for nth in range(MOST_QUEUED):
        await queued(backlog, conversation, f"{nth}?")
    with pytest.raises(TooManyRuns):
        await queued(backlog, conversation, "And?")
    with pytest.raises(NotFound):
        await queued(backlog, uuid4(), "Where?")


async def test_an_asker_has_so_many_runs_at_a_time(
    database: Database, ledger: Ledger, backlog: Backlog
) -> None:
    here, there = [(await Conversations(database.engine).create("ann", "shop")).id for _ in range(2)]
    elsewhere = (await Conversations(database.engine).create("bob", "shop")).id
    await ledger.begin(NewRun(here, {"question": "One?"}), OURS, LONG, most=1)
    with pytest.raises(TooManyRuns):
        await ledger.begin(NewRun(there, {"question": "Two?"}), OURS, LONG, most=1)
    with pytest.raises(TooManyRuns):
        await backlog.enqueue(uuid4(), here, {"question": "Three?"}, QUEUED, most=1)
    assert await ledger.begin(NewRun(elsewhere, {"question": "Mine?"}), OURS, LONG, most=1)
    assert await ledger.last_seq(here) == 0


async def test_what_waits_for_its_turn_can_be_dropped(
    ledger: Ledger, backlog: Backlog, conversation: UUID
) -> None:
    await begun(ledger, conversation)
    run = await queued(backlog, conversation, "Two?")
    assert await backlog.queued(conversation) == [run]
    assert await backlog.drop(conversation, run, CANCELLED)
    assert await backlog.drop(conversation, run, CANCELLED) is None
    assert (await ledger.find(run)).status == "cancelled"
    assert [event.payload["event"] for event in await everything(ledger, conversation)] == [
        "queued",
        "cancelled",
    ]


async def test_what_nobody_answers_is_answered_by_default_once(
    ledger: Ledger, backlog: Backlog, conversation: UUID
) -> None:
    await ledger.finish(await begun(ledger, conversation), "interrupted", OURS, WAITING)
    begun_by = await asyncio.gather(*(backlog.give_defaults(f"process {nth}", LONG) for nth in range(8)))
    [run] = [run for runs in begun_by for run in runs]
    assert run.input == {"interrupt_id": "i1", "response": "the first", "by": "default"}
    assert (run.question, run.status, run.conversation) == ("One?", "running", conversation)


async def test_a_new_question_passes_over_what_waits(
    ledger: Ledger, backlog: Backlog, conversation: UUID
) -> None:
    await ledger.finish(await begun(ledger, conversation), "interrupted", OURS, WAITING)
    await ledger.finish(await begun(ledger, conversation), "completed", OURS)
    assert await backlog.give_defaults(OURS, LONG) == []


async def test_what_waits_for_ever_gets_no_default(
    ledger: Ledger, backlog: Backlog, conversation: UUID
) -> None:
    end = RunEnd(waiting=WAITING.waiting, waits_s=None)
    await ledger.finish(await begun(ledger, conversation), "interrupted", OURS, end)
    assert await backlog.give_defaults(OURS, LONG) == []


async def test_an_old_run_is_folded_into_what_came_of_it(
    ledger: Ledger, backlog: Backlog, conversation: UUID
) -> None:
    run = await begun(ledger, conversation)
    await ledger.append(
        run, [NewEvent("lifecycle", {"event": "running"}), NewEvent("custom", 1, "asked")], OURS
    )
    await ledger.append(run, [NewEvent("custom", [["x"] * 100], "rows"), NewEvent("messages", {})], OURS)
    last = [NewEvent("values", {"answer": "12"}), NewEvent("lifecycle", {"event": "completed"})]
    await ledger.finish(run, "completed", OURS, last=last)
    assert await backlog.fold(older_than_s=3600) == 0
    assert len(await everything(ledger, conversation)) == 6
    assert await backlog.fold(older_than_s=0) == 1
    kept = await everything(ledger, conversation)
    assert [(event.seq, event.channel, event.name) for event in kept] == [
        (1, "lifecycle", None),
        (2, "custom", "asked"),
        (5, "values", None),
        (6, "lifecycle", None),
    ]
    assert [event.seq for event in await ledger.events_after(conversation, 3)] == [5, 6]
    assert await backlog.fold(older_than_s=0) == 0


async def test_what_is_under_way_is_not_folded(ledger: Ledger, backlog: Backlog, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    await ledger.append(run, [NewEvent("messages", {})], OURS)
    assert await backlog.fold(older_than_s=0) == 0
    assert len(await everything(ledger, conversation)) == 1


async def test_what_a_run_took_is_kept(ledger: Ledger, conversation: UUID) -> None:
    await ledger.finish(await begun(ledger, conversation), "completed", OURS, RunEnd(usage={"ms": 12.5}))
    [run] = await ledger.of_conversation(conversation)
    assert (run.status, run.usage) == ("completed", {"ms": 12.5})


async def test_a_run_its_owner_knows_nothing_of_is_not_kept_alive(ledger: Ledger, conversation: UUID) -> None:
    run = (await ledger.begin(NewRun(conversation, {"question": "One?"}), OURS, -1.0)).run
    assert await ledger.renew(OURS, LONG, []) == []
    assert [taken.id for taken in await ledger.take_expired(OURS, LONG)] == [run.id]
