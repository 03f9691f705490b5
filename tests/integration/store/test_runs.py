import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID, uuid4

import pytest

from store.conversations import Conversations
from store.database import Database, open_database
from store.errors import LeaseLost, NotFound, StoreUnavailable
from store.runs.events import LoggedEvent, NewEvent
from store.runs.records import NewRun, Run, RunEnd
from store.runs.runs import Ledger

OURS, THEIRS = "process one", "process two"
LONG = 60.0
# A lease that ended before it was written down.
OVER = -1.0
QUESTION = {"question": "How many orders?"}


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


@pytest.fixture
async def conversation(database: Database) -> UUID:
    return await new_conversation(database)


async def new_conversation(database: Database) -> UUID:
    return (await Conversations(database.engine).create("ann", "shop")).id


async def begun(ledger: Ledger, conversation: UUID, lease_s: float = LONG) -> Run:
    return (await ledger.begin(NewRun(conversation, QUESTION), OURS, lease_s)).run


def words(*texts: str) -> list[NewEvent]:
    return [NewEvent("messages", {"text": text}) for text in texts]


async def test_a_run_that_has_begun_is_kept(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    assert (run.asker, run.database, run.question) == ("ann", "shop", "How many orders?")
    assert (run.input, run.status, run.owner, run.attempt) == (QUESTION, "running", OURS, 1)
    assert await ledger.find(run.id) == run
    assert await ledger.running(conversation) == run


async def test_a_conversation_has_one_run_at_a_time(ledger: Ledger, conversation: UUID) -> None:
    tries = [ledger.begin(NewRun(conversation, QUESTION), OURS, LONG) for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Begun", *["RunInProgress"] * 4]


async def test_of_two_that_begin_at_once_one_leaves_no_number_behind(
    ledger: Ledger, conversation: UUID
) -> None:
    tries = [ledger.begin(NewRun(conversation, QUESTION, words("Here.")), OURS, LONG) for _ in range(5)]
    await asyncio.gather(*tries, return_exceptions=True)
    assert await ledger.last_seq(conversation) == 1


async def test_a_run_begins_with_its_first_events(ledger: Ledger, conversation: UUID) -> None:
    told = (NewEvent("lifecycle", {"event": "running"}), NewEvent("custom", {"question": "Why?"}, "asked"))
    new = NewRun(conversation, QUESTION, told)
    begun = await ledger.begin(new, OURS, LONG)
    assert begun.run.id == new.id
    assert begun.told == await ledger.events_after(conversation, 0)
    assert [(event.seq, event.name) for event in begun.told] == [(1, None), (2, "asked")]


async def test_the_next_run_may_begin_when_the_last_has_ended(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    await ledger.finish(run, "failed", OURS, RunEnd("timeout"))
    assert (await begun(ledger, conversation)).id != run.id
    ended = await ledger.find(run.id)
    assert (ended.status, ended.error, ended.lease_expires_at) == ("failed", "timeout", None)
    assert ended.finished_at is not None


async def test_a_run_needs_a_conversation(ledger: Ledger) -> None:
    with pytest.raises(NotFound):
        await begun(ledger, uuid4())


async def test_a_response_carries_on_with_the_question_before(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    await ledger.finish(run, "interrupted", OURS)
    answer = NewRun(conversation, {"interrupt_id": "i", "response": "yes"})
    again = (await ledger.begin(answer, OURS, LONG)).run
    assert again.question == "How many orders?"
    assert again.input == {"interrupt_id": "i", "response": "yes"}


async def test_any_text_can_be_asked_and_told(ledger: Ledger, conversation: UUID) -> None:
    odd = "zero \0 half \ud800 quote ' \\ smile 🙂"
    run = (await ledger.begin(NewRun(conversation, {"question": "a\0b", "more": odd}), OURS, LONG)).run
    assert (run.question, run.input["more"]) == ("ab", odd)
    await ledger.append(run, [NewEvent("custom", {"text": odd}, "step")], OURS)
    [event] = await ledger.events_after(conversation, 0)
    assert (event.payload, event.name) == ({"text": odd}, "step")


async def test_what_is_appended_can_be_read_again(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    told = await ledger.append(run, [*words("a", "b"), NewEvent("custom", [1, None], "rows")], OURS)
    told += await ledger.append(run, words("c"), OURS)
    assert [event.seq for event in told] == [1, 2, 3, 4]
    assert await ledger.events_after(conversation, 0) == told
    assert await ledger.events_after(conversation, 1, most=2) == told[1:3]
    assert await ledger.last_seq(conversation) == 4


async def test_numbers_have_no_gap_when_many_append_at_once(database: Database, ledger: Ledger) -> None:
    runs = [await begun(ledger, await new_conversation(database)) for _ in range(2)]
    appending = [ledger.append(run, words("x", "y", "z"), OURS) for _ in range(20) for run in runs]
    written = await asyncio.gather(*appending)
    for run in runs:
        kept: list[LoggedEvent] = []
        while page := await ledger.events_after(run.conversation, len(kept)):
            kept += page
        assert [event.seq for event in kept] == list(range(1, 61))
    batches = [[event.seq for event in batch] for batch in written]
    assert all(batch == list(range(batch[0], batch[0] + 3)) for batch in batches)


async def test_nothing_of_a_batch_is_kept_when_a_part_cannot_be(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    with pytest.raises(ValueError, match="JSON"):
        await ledger.append(run, [*words("a"), NewEvent("values", float("nan"))], OURS)
    assert await ledger.last_seq(conversation) == 0


async def test_who_lost_the_run_may_neither_append_nor_finish(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation, OVER)
    [taken] = await ledger.take_expired(THEIRS, LONG)
    with pytest.raises(LeaseLost):
        await ledger.append(run, words("late"), OURS)
    with pytest.raises(LeaseLost):
        await ledger.finish(run, "completed", OURS, last=words("late"))
    assert await ledger.append(taken, words("on"), THEIRS)
    assert await ledger.last_seq(conversation) == 1


async def test_an_older_attempt_of_the_same_process_is_refused(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation, OVER)
    [again] = await ledger.take_expired(OURS, LONG)
    assert (again.id, again.attempt) == (run.id, 2)
    with pytest.raises(LeaseLost):
        await ledger.append(run, words("late"), OURS)


async def test_a_run_that_has_ended_takes_no_more_events(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    await ledger.finish(run, "completed", OURS)
    with pytest.raises(LeaseLost):
        await ledger.append(run, words("late"), OURS)


async def test_the_last_events_and_the_end_come_together(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    [last] = await ledger.finish(run, "completed", OURS, last=words("bye"))
    assert await ledger.events_after(conversation, 0) == [last]
    assert await ledger.running(conversation) is None


async def test_a_run_with_a_lease_is_not_taken_over(ledger: Ledger, conversation: UUID) -> None:
    await begun(ledger, conversation)
    assert await ledger.take_expired(THEIRS, LONG) == []


async def test_an_expired_run_is_taken_over_once(ledger: Ledger, conversation: UUID) -> None:
    await begun(ledger, conversation, OVER)
    taken = await asyncio.gather(*(ledger.take_expired(f"process {nth}", LONG) for nth in range(8)))
    assert sum(len(runs) for runs in taken) == 1


async def test_a_sign_of_life_keeps_all_runs_of_a_process(database: Database, ledger: Ledger) -> None:
    runs = [await begun(ledger, await new_conversation(database), OVER) for _ in range(3)]
    assert {run.id for run in await ledger.renew(OURS, LONG)} == {run.id for run in runs}
    assert await ledger.renew(THEIRS, LONG) == []
    assert await ledger.take_expired(THEIRS, LONG) == []


async def test_what_is_released_can_be_taken_over_at_once(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    await ledger.release(OURS)
    assert [taken.id for taken in await ledger.take_expired(THEIRS, LONG)] == [run.id]


async def test_a_run_that_is_being_appended_to_is_not_taken_over(
    database: Database, ledger: Ledger, conversation: UUID
) -> None:
    run = await begun(ledger, conversation, OVER)
    async with await database.connect() as other, other.transaction():
        # What an append holds until it commits.
        await other.execute("SELECT FROM runs WHERE id = %s FOR KEY SHARE", [run.id])
        assert await ledger.take_expired(THEIRS, LONG) == []
        assert len(await ledger.renew(OURS, LONG)) == 1


async def test_an_append_waits_for_a_take_over_and_is_refused(
    database: Database, ledger: Ledger, conversation: UUID
) -> None:
    run = await begun(ledger, conversation, OVER)
    async with await database.connect() as other, other.transaction():
        await other.execute("SELECT FROM runs WHERE id = %s FOR UPDATE", [run.id])
        late = asyncio.create_task(ledger.append(run, words("late"), OURS))
        await until_somebody_waits(database)
        await other.execute("UPDATE runs SET attempt = 2, owner = 'process two' WHERE id = %s", [run.id])
    with pytest.raises(LeaseLost):
        await late
    assert await ledger.last_seq(conversation) == 0


async def until_somebody_waits(database: Database) -> None:
    async with asyncio.timeout(10), await database.connect() as connection:
        found = None
        while not found:
            cursor = await connection.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            found = cursor.rowcount


async def test_cancelling_marks_the_run_and_tells_its_owner(ledger: Ledger, conversation: UUID) -> None:
    run = await begun(ledger, conversation)
    cancelled = None
    async with aclosing(ledger.hear_cancels()) as news:
        heard = asyncio.ensure_future(anext(news))
        while not heard.done():
            # The first request may come before the ear is there.
            cancelled = await ledger.request_cancel(conversation, run.id)
            await asyncio.wait([heard], timeout=0.05)
        assert await heard == str(run.id)
    assert cancelled is not None
    assert cancelled.cancel_requested


async def test_nothing_is_cancelled_where_nothing_runs(ledger: Ledger, conversation: UUID) -> None:
    assert await ledger.request_cancel(conversation) is None
    run = await begun(ledger, conversation)
    assert await ledger.request_cancel(conversation, uuid4()) is None
    await ledger.finish(run, "completed", OURS)
    assert await ledger.request_cancel(conversation, run.id) is None


async def test_appending_is_heard_by_other_processes(
    ledger: Ledger, conversation: UUID, store_url: str
) -> None:
    run = await begun(ledger, conversation)
    async with (
        open_database(store_url) as elsewhere,
        aclosing(Ledger(elsewhere).hear_events()) as news,
    ):
        heard, _, seq = (await first_heard(ledger, run, news)).partition(":")
        assert UUID(heard) == conversation
        assert 1 <= int(seq) <= await ledger.last_seq(conversation)


async def test_what_a_process_wrote_itself_is_no_news_to_it(
    ledger: Ledger, conversation: UUID, store_url: str
) -> None:
    run = await begun(ledger, conversation)
    async with (
        open_database(store_url) as elsewhere,
        aclosing(ledger.hear_events()) as own_news,
        aclosing(Ledger(elsewhere).hear_events()) as news,
    ):
        own = asyncio.ensure_future(anext(own_news))
        await first_heard(ledger, run, news)
        await asyncio.wait([own], timeout=0.1)
        assert not own.done()
        # It does listen: what others write it hears.
        await first_heard(Ledger(elsewhere), run, own_news, own)


async def first_heard(
    ledger: Ledger, run: Run, news: AsyncGenerator[str, None], hearing: asyncio.Future[str] | None = None
) -> str:
    heard = hearing or asyncio.ensure_future(anext(news))
    while not heard.done():
        await ledger.append(run, words("x"), OURS)
        await asyncio.wait([heard], timeout=0.05)
    return await heard


async def test_a_store_that_is_gone_is_said_to_be(database: Database, ledger: Ledger) -> None:
    await database.pool.close()
    with pytest.raises(StoreUnavailable):
        await ledger.last_seq(uuid4())
