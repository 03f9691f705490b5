"""Run queue: order, limits, expired interrupts and compaction of events."""

import asyncio
from uuid import UUID, uuid4

import pytest

from store.conversations import ConversationStore
from store.database import Database
from store.errors import NotFound, RunInProgress, TooManyRuns
from store.runs.events import LoggedEvent, NewEvent
from store.runs.queue import MAX_QUEUED, RunQueue
from store.runs.records import NewRun, Run, RunEnd
from store.runs.runs import RunStore

OURS, THEIRS = "process one", "process two"
LONG = 60.0
QUEUED = NewEvent("lifecycle", {"event": "queued"})
CANCELLED = NewEvent("lifecycle", {"event": "cancelled"})
WAITING = RunEnd(pending_interrupt={"id": "i1", "default": "the first"}, interrupt_timeout_s=0.0)


@pytest.fixture
def store(database: Database) -> RunStore:
    return RunStore(database)


@pytest.fixture
def queue(database: Database) -> RunQueue:
    return RunQueue(database)


@pytest.fixture
async def conversation(database: Database) -> UUID:
    return (await ConversationStore(database).create("ann", "shop")).id


async def begun(store: RunStore, conversation: UUID) -> Run:
    return (await store.begin(NewRun(conversation, {"question": "One?"}), OURS, LONG)).run


async def queued(queue: RunQueue, conversation: UUID, question: str) -> UUID:
    run = uuid4()
    await queue.enqueue(run, conversation, {"question": question}, QUEUED)
    return run


async def everything(store: RunStore, conversation: UUID) -> list[LoggedEvent]:
    return await store.events_after(conversation, 0)


async def test_the_queue_is_served_in_order_and_one_at_a_time(
    store: RunStore, queue: RunQueue, conversation: UUID
) -> None:
    run = await begun(store, conversation)
    waiting = [await queued(queue, conversation, f"{nth}?") for nth in range(3)]
    assert await queue.claim_next(OURS, LONG, conversation) == []
    served = []
    for _ in waiting:
        await store.finish(run, "completed", OURS)
        [run] = await queue.claim_next(OURS, LONG, conversation)
        assert await queue.claim_next(THEIRS, LONG) == []
        served.append(run.id)
    assert served == waiting
    assert (run.question, run.status, run.owner, run.attempt) == ("2?", "running", OURS, 1)


async def test_who_waits_is_told_of_in_the_log(store: RunStore, queue: RunQueue, conversation: UUID) -> None:
    await begun(store, conversation)
    run = await queued(queue, conversation, "Two?")
    [event] = await everything(store, conversation)
    assert (event.seq, event.run_id, event.payload) == (1, run, {"event": "queued"})


async def test_a_new_run_does_not_overtake_the_queue(
    store: RunStore, queue: RunQueue, conversation: UUID
) -> None:
    run = await begun(store, conversation)
    await queued(queue, conversation, "Two?")
    await store.finish(run, "completed", OURS)
    with pytest.raises(RunInProgress):
        await begun(store, conversation)


async def test_a_queue_is_taken_by_one_of_many(store: RunStore, queue: RunQueue, conversation: UUID) -> None:
    await queued(queue, conversation, "Two?")
    claimed = await asyncio.gather(*(queue.claim_next(f"process {nth}", LONG) for nth in range(8)))
    assert sum(len(runs) for runs in claimed) == 1


async def test_a_queue_has_an_end(queue: RunQueue, conversation: UUID) -> None:
    for nth in range(MAX_QUEUED):
        await queued(queue, conversation, f"{nth}?")
    with pytest.raises(TooManyRuns):
        await queued(queue, conversation, "And?")
    with pytest.raises(NotFound):
        await queued(queue, uuid4(), "Where?")


async def test_a_user_has_a_maximum_of_runs_at_a_time(
    database: Database, store: RunStore, queue: RunQueue
) -> None:
    first, second = [(await ConversationStore(database).create("ann", "shop")).id for _ in range(2)]
    elsewhere = (await ConversationStore(database).create("bob", "shop")).id
    await store.begin(NewRun(first, {"question": "One?"}), OURS, LONG, max_runs=1)
    with pytest.raises(TooManyRuns):
        await store.begin(NewRun(second, {"question": "Two?"}), OURS, LONG, max_runs=1)
    with pytest.raises(TooManyRuns):
        await queue.enqueue(uuid4(), first, {"question": "Three?"}, QUEUED, max_runs=1)
    assert await store.begin(NewRun(elsewhere, {"question": "Mine?"}), OURS, LONG, max_runs=1)
    assert await store.last_seq(first) == 0


async def test_what_waits_for_its_turn_can_be_dropped(
    store: RunStore, queue: RunQueue, conversation: UUID
) -> None:
    await begun(store, conversation)
    run = await queued(queue, conversation, "Two?")
    assert await queue.list_queued(conversation) == [run]
    assert await queue.cancel_queued(conversation, run, CANCELLED)
    assert await queue.cancel_queued(conversation, run, CANCELLED) is None
    assert (await store.find(run)).status == "cancelled"
    assert [event.payload["event"] for event in await everything(store, conversation)] == [
        "queued",
        "cancelled",
    ]


async def test_an_interrupt_without_an_answer_is_answered_by_default_once(
    store: RunStore, queue: RunQueue, conversation: UUID
) -> None:
    await store.finish(await begun(store, conversation), "interrupted", OURS, WAITING)
    begun_by = await asyncio.gather(
        *(queue.answer_expired_interrupts(f"process {nth}", LONG) for nth in range(8))
    )
    [run] = [run for runs in begun_by for run in runs]
    assert run.input == {"interrupt_id": "i1", "response": "the first", "by": "default", "principal": None}
    assert (run.question, run.status, run.conversation_id) == ("One?", "running", conversation)


async def test_a_new_question_passes_over_what_waits(
    store: RunStore, queue: RunQueue, conversation: UUID
) -> None:
    await store.finish(await begun(store, conversation), "interrupted", OURS, WAITING)
    await store.finish(await begun(store, conversation), "completed", OURS)
    assert await queue.answer_expired_interrupts(OURS, LONG) == []


async def test_what_waits_for_ever_gets_no_default(
    store: RunStore, queue: RunQueue, conversation: UUID
) -> None:
    end = RunEnd(pending_interrupt=WAITING.pending_interrupt, interrupt_timeout_s=None)
    await store.finish(await begun(store, conversation), "interrupted", OURS, end)
    assert await queue.answer_expired_interrupts(OURS, LONG) == []


async def test_an_old_run_is_folded_into_what_came_of_it(
    store: RunStore, queue: RunQueue, conversation: UUID
) -> None:
    run = await begun(store, conversation)
    await store.append(
        run, [NewEvent("lifecycle", {"event": "running"}), NewEvent("custom", 1, "asked")], OURS
    )
    await store.append(run, [NewEvent("custom", [["x"] * 100], "rows"), NewEvent("messages", {})], OURS)
    last = [NewEvent("values", {"answer": "12"}), NewEvent("lifecycle", {"event": "completed"})]
    await store.finish(run, "completed", OURS, last=last)
    assert await queue.compact_events(older_than_s=3600) == 0
    assert len(await everything(store, conversation)) == 6
    assert await queue.compact_events(older_than_s=0) == 1
    remaining = await everything(store, conversation)
    assert [(event.seq, event.channel, event.name) for event in remaining] == [
        (1, "lifecycle", None),
        (2, "custom", "asked"),
        (5, "values", None),
        (6, "lifecycle", None),
    ]
    assert [event.seq for event in await store.events_after(conversation, 3)] == [5, 6]
    assert await queue.compact_events(older_than_s=0) == 0


async def test_what_is_under_way_is_not_folded(store: RunStore, queue: RunQueue, conversation: UUID) -> None:
    run = await begun(store, conversation)
    await store.append(run, [NewEvent("messages", {})], OURS)
    assert await queue.compact_events(older_than_s=0) == 0
    assert len(await everything(store, conversation)) == 1


async def test_what_a_run_took_is_kept(store: RunStore, conversation: UUID) -> None:
    await store.finish(await begun(store, conversation), "completed", OURS, RunEnd(usage={"ms": 12.5}))
    [run] = await store.list_for_conversation(conversation)
    assert (run.status, run.usage) == ("completed", {"ms": 12.5})


async def test_a_run_its_owner_knows_nothing_of_is_not_kept_alive(
    store: RunStore, conversation: UUID
) -> None:
    run = (await store.begin(NewRun(conversation, {"question": "One?"}), OURS, -1.0)).run
    assert await store.renew_leases(OURS, LONG, []) == []
    assert [claimed.id for claimed in await store.claim_expired(OURS, LONG)] == [run.id]
