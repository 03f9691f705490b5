"""Run store: leases, takeover, the event log and notifications."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID, uuid4

import pytest

from store.conversations import ConversationStore
from store.database import Database, open_database
from store.errors import LeaseLost, NotFound, StoreUnavailable
from store.runs.events import LoggedEvent, NewEvent
from store.runs.records import NewRun, Run, RunEnd
from store.runs.runs import RunStore

OURS, THEIRS = "process one", "process two"
LONG = 60.0
# A lease that ended before it was written down.
OVER = -1.0
QUESTION = {"question": "How many orders?"}


@pytest.fixture
def store(database: Database) -> RunStore:
    return RunStore(database)


@pytest.fixture
async def conversation(database: Database) -> UUID:
    return await new_conversation(database)


async def new_conversation(database: Database) -> UUID:
    return (await ConversationStore(database).create("ann", "shop")).id


async def begun(store: RunStore, conversation: UUID, lease_s: float = LONG) -> Run:
    return (await store.begin(NewRun(conversation, QUESTION), OURS, lease_s)).run


def words(*texts: str) -> list[NewEvent]:
    return [NewEvent("messages", {"text": text}) for text in texts]


async def test_a_run_that_has_begun_is_kept(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation)
    assert (run.user, run.database, run.question) == ("ann", "shop", "How many orders?")
    assert (run.input, run.status, run.owner, run.attempt) == (QUESTION, "running", OURS, 1)
    assert await store.find(run.id) == run
    assert await store.find_running(conversation) == run


async def test_a_conversation_has_one_run_at_a_time(store: RunStore, conversation: UUID) -> None:
    tries = [store.begin(NewRun(conversation, QUESTION), OURS, LONG) for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == [*["RunInProgress"] * 4, "StartedRun"]


async def test_of_two_that_begin_at_once_one_leaves_no_number_behind(
    store: RunStore, conversation: UUID
) -> None:
    tries = [store.begin(NewRun(conversation, QUESTION, words("Here.")), OURS, LONG) for _ in range(5)]
    await asyncio.gather(*tries, return_exceptions=True)
    assert await store.last_seq(conversation) == 1


async def test_a_run_begins_with_its_first_events(store: RunStore, conversation: UUID) -> None:
    logged = (NewEvent("lifecycle", {"event": "running"}), NewEvent("custom", {"question": "Why?"}, "asked"))
    new = NewRun(conversation, QUESTION, logged)
    begun = await store.begin(new, OURS, LONG)
    assert begun.run.id == new.id
    assert begun.events == await store.events_after(conversation, 0)
    assert [(event.seq, event.name) for event in begun.events] == [(1, None), (2, "asked")]


async def test_the_next_run_may_begin_when_the_last_has_ended(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation)
    await store.finish(run, "failed", OURS, RunEnd("timeout"))
    assert (await begun(store, conversation)).id != run.id
    ended = await store.find(run.id)
    assert (ended.status, ended.error, ended.lease_expires_at) == ("failed", "timeout", None)
    assert ended.finished_at is not None


async def test_a_run_needs_a_conversation(store: RunStore) -> None:
    with pytest.raises(NotFound):
        await begun(store, uuid4())


async def test_a_response_carries_on_with_the_question_before(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation)
    await store.finish(run, "interrupted", OURS)
    answer = NewRun(conversation, {"interrupt_id": "i", "response": "yes"})
    again = (await store.begin(answer, OURS, LONG)).run
    assert again.question == "How many orders?"
    assert again.input == {"interrupt_id": "i", "response": "yes"}


async def test_any_text_can_be_asked_and_told(store: RunStore, conversation: UUID) -> None:
    odd = "zero \0 half \ud800 quote ' \\ smile 🙂"
    run = (await store.begin(NewRun(conversation, {"question": "a\0b", "more": odd}), OURS, LONG)).run
    assert (run.question, run.input["more"]) == ("ab", odd)
    await store.append(run, [NewEvent("custom", {"text": odd}, "step")], OURS)
    [event] = await store.events_after(conversation, 0)
    assert (event.payload, event.name) == ({"text": odd}, "step")


async def test_what_is_appended_can_be_read_again(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation)
    logged = await store.append(run, [*words("a", "b"), NewEvent("custom", [1, None], "rows")], OURS)
    logged += await store.append(run, words("c"), OURS)
    assert [event.seq for event in logged] == [1, 2, 3, 4]
    assert await store.events_after(conversation, 0) == logged
    assert await store.events_after(conversation, 1, limit=2) == logged[1:3]
    assert await store.last_seq(conversation) == 4


async def test_single_events_can_be_looked_at_with_sql(
    database: Database, store: RunStore, conversation: UUID
) -> None:
    run = await begun(store, conversation)
    await store.append(run, [NewEvent("custom", {"a": 1}, "step"), NewEvent("values", {})], OURS)
    rows = await database.fetch("SELECT seq, channel, name, payload FROM run_events ORDER BY seq")
    assert [tuple(row.values()) for row in rows] == [
        (1, "custom", "step", {"a": 1}),
        (2, "values", None, {}),
    ]


async def test_numbers_have_no_gap_when_many_append_at_once(database: Database, store: RunStore) -> None:
    runs = [await begun(store, await new_conversation(database)) for _ in range(2)]
    appending = [store.append(run, words("x", "y", "z"), OURS) for _ in range(20) for run in runs]
    written = await asyncio.gather(*appending)
    for run in runs:
        events: list[LoggedEvent] = []
        while page := await store.events_after(run.conversation_id, len(events)):
            events += page
        assert [event.seq for event in events] == list(range(1, 61))
    batches = [[event.seq for event in batch] for batch in written]
    assert all(batch == list(range(batch[0], batch[0] + 3)) for batch in batches)


async def test_nothing_of_a_batch_is_kept_when_a_part_cannot_be(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation)
    with pytest.raises(ValueError, match="JSON"):
        await store.append(run, [*words("a"), NewEvent("values", float("nan"))], OURS)
    assert await store.last_seq(conversation) == 0


async def test_who_lost_the_run_may_neither_append_nor_finish(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation, OVER)
    [claimed] = await store.claim_expired(THEIRS, LONG)
    with pytest.raises(LeaseLost):
        await store.append(run, words("late"), OURS)
    with pytest.raises(LeaseLost):
        await store.finish(run, "completed", OURS, last=words("late"))
    assert await store.append(claimed, words("on"), THEIRS)
    assert await store.last_seq(conversation) == 1


async def test_an_older_attempt_of_the_same_process_is_refused(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation, OVER)
    [again] = await store.claim_expired(OURS, LONG)
    assert (again.id, again.attempt) == (run.id, 2)
    with pytest.raises(LeaseLost):
        await store.append(run, words("late"), OURS)


async def test_a_run_that_has_ended_takes_no_more_events(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation)
    await store.finish(run, "completed", OURS)
    with pytest.raises(LeaseLost):
        await store.append(run, words("late"), OURS)


async def test_the_last_events_and_the_end_come_together(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation)
    [last] = await store.finish(run, "completed", OURS, last=words("bye"))
    assert await store.events_after(conversation, 0) == [last]
    assert await store.find_running(conversation) is None


async def test_a_run_with_a_lease_is_not_taken_over(store: RunStore, conversation: UUID) -> None:
    await begun(store, conversation)
    assert await store.claim_expired(THEIRS, LONG) == []


async def test_an_expired_run_is_taken_over_once(store: RunStore, conversation: UUID) -> None:
    await begun(store, conversation, OVER)
    claimed = await asyncio.gather(*(store.claim_expired(f"process {nth}", LONG) for nth in range(8)))
    assert sum(len(runs) for runs in claimed) == 1


async def test_a_sign_of_life_keeps_all_runs_of_a_process(database: Database, store: RunStore) -> None:
    runs = [await begun(store, await new_conversation(database), OVER) for _ in range(3)]
    assert {run.id for run in await store.renew_leases(OURS, LONG)} == {run.id for run in runs}
    assert await store.renew_leases(THEIRS, LONG) == []
    assert await store.claim_expired(THEIRS, LONG) == []


async def test_what_is_released_can_be_taken_over_at_once(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation)
    await store.release_leases(OURS)
    assert [claimed.id for claimed in await store.claim_expired(THEIRS, LONG)] == [run.id]


async def test_a_run_that_is_being_appended_to_is_not_taken_over(
    database: Database, store: RunStore, conversation: UUID
) -> None:
    run = await begun(store, conversation, OVER)
    async with await database.connect() as other, other.transaction():
        # What an append holds until it commits.
        await other.execute("SELECT FROM runs WHERE id = %s FOR KEY SHARE", [run.id])
        assert await store.claim_expired(THEIRS, LONG) == []
        assert len(await store.renew_leases(OURS, LONG)) == 1


async def test_an_append_waits_for_a_take_over_and_is_refused(
    database: Database, store: RunStore, conversation: UUID
) -> None:
    run = await begun(store, conversation, OVER)
    async with await database.connect() as other, other.transaction():
        await other.execute("SELECT FROM runs WHERE id = %s FOR UPDATE", [run.id])
        appending = asyncio.create_task(store.append(run, words("late"), OURS))
        await until_somebody_waits(database)
        await other.execute("UPDATE runs SET attempt = 2, owner = 'process two' WHERE id = %s", [run.id])
    with pytest.raises(LeaseLost):
        await appending
    assert await store.last_seq(conversation) == 0


async def until_somebody_waits(database: Database) -> None:
    async with asyncio.timeout(10), await database.connect() as connection:
        waiting = None
        while not waiting:
            cursor = await connection.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            waiting = cursor.rowcount


async def test_cancelling_marks_the_run_and_tells_its_owner(store: RunStore, conversation: UUID) -> None:
    run = await begun(store, conversation)
    cancelled = None
    async with aclosing(store.listen_for_cancels()) as news:
        heard = asyncio.ensure_future(anext(news))
        while not heard.done():
            # The first request may come before the ear is there.
            cancelled = await store.request_cancel(conversation, run.id)
            await asyncio.wait([heard], timeout=0.05)
        assert await heard == str(run.id)
    assert cancelled is not None
    assert cancelled.cancel_requested


async def test_nothing_is_cancelled_where_nothing_runs(store: RunStore, conversation: UUID) -> None:
    assert await store.request_cancel(conversation) is None
    run = await begun(store, conversation)
    assert await store.request_cancel(conversation, uuid4()) is None
    await store.finish(run, "completed", OURS)
    assert await store.request_cancel(conversation, run.id) is None


async def test_appending_is_heard_by_other_processes(
    store: RunStore, conversation: UUID, store_url: str
) -> None:
    run = await begun(store, conversation)
    async with (
        open_database(store_url) as elsewhere,
        aclosing(RunStore(elsewhere).listen_for_events()) as news,
    ):
        heard, _, seq = (await first_heard(store, run, news)).partition(":")
        assert UUID(heard) == conversation
        assert 1 <= int(seq) <= await store.last_seq(conversation)


async def test_what_a_process_wrote_itself_is_no_news_to_it(
    store: RunStore, conversation: UUID, store_url: str
) -> None:
    run = await begun(store, conversation)
    async with (
        open_database(store_url) as elsewhere,
        aclosing(store.listen_for_events()) as own_news,
        aclosing(RunStore(elsewhere).listen_for_events()) as news,
    ):
        own = asyncio.ensure_future(anext(own_news))
        await first_heard(store, run, news)
        await asyncio.wait([own], timeout=0.1)
        assert not own.done()
        # It does listen: what others write it hears.
        await first_heard(RunStore(elsewhere), run, own_news, own)


async def first_heard(
    store: RunStore, run: Run, news: AsyncGenerator[str, None], hearing: asyncio.Future[str] | None = None
) -> str:
    heard = hearing or asyncio.ensure_future(anext(news))
    while not heard.done():
        await store.append(run, words("x"), OURS)
        await asyncio.wait([heard], timeout=0.05)
    return await heard


async def test_a_store_that_is_gone_is_said_to_be(database: Database, store: RunStore) -> None:
    await database.pool.close()
    with pytest.raises(StoreUnavailable):
        await store.last_seq(uuid4())
