"""Runs that wait: for their turn, for an answer, for another's end."""

import asyncio
from contextlib import aclosing
from typing import Any
from uuid import UUID

import pytest

from agent.analyst import Intent
from graph.errors import RunNotFound, TooBusy
from graph.runs.service import RunService
from graph.runs.worker import WorkerConfig
from store.database import Database
from store.errors import TooManyRuns
from store.runs.events import LoggedEvent
from store.runs.records import NewRun
from store.runs.runs import RunStore
from tests.fixtures.eventually import eventually
from tests.fixtures.runner import (
    END_STATUSES,
    VALID_DRAFT,
    BlockingAnalyst,
    create_conversation,
    events_until_end,
    open_scripted_runs,
)
from tests.fixtures.scripted_analyst import ScriptedAnalyst, ScriptedTarget

UNCLEAR = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))


async def lives(runner: RunService, here: UUID, endings: int) -> list[tuple[str, str]]:
    """The lives of the runs of a conversation, until so many have ended: which run, and what became of it."""
    heard: list[LoggedEvent] = []
    async with asyncio.timeout(20), aclosing(runner.watch("me", here)) as pages:
        async for page in pages:
            heard += [event for event in page if event.channel == "lifecycle"]
            if sum(event.payload["event"] in END_STATUSES for event in heard) == endings:
                break
    return [(event.payload["run_id"], event.payload["event"]) for event in heard]


async def test_a_question_waits_its_turn_and_is_answered(database: Database) -> None:
    here = await create_conversation(database)
    analyst = BlockingAnalyst(drafts=[VALID_DRAFT, VALID_DRAFT, VALID_DRAFT])
    async with open_scripted_runs(database, analyst) as runner:
        first = (await runner.start("me", here, "Which pets?")).run_id
        second = (await runner.start("me", here, "And now?", "enqueue")).run_id
        third = (await runner.start("me", here, "And then?", "enqueue")).run_id
        analyst.resume.set()
        told = await lives(runner, here, endings=3)

    ours = [(run, event) for run, event in told if event in ("running", "completed")]
    one, two, three = str(first), str(second), str(third)
    assert ours == [(run, event) for run in (one, two, three) for event in ("running", "completed")]
    assert [run for run, event in told if event == "queued"] == [two, three]
    assert analyst.questions == ["Which pets?", "And now?", "And then?"]


async def test_a_question_that_may_wait_does_not_where_nothing_runs(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT])) as runner:
        await runner.start("me", here, "Which pets?", "enqueue")
        events = await events_until_end(runner, here)
    assert events[0].payload["event"] == "running"


async def test_a_question_may_take_the_place_of_what_runs_and_waits(database: Database) -> None:
    here = await create_conversation(database)
    analyst = BlockingAnalyst(drafts=[VALID_DRAFT, VALID_DRAFT])
    async with open_scripted_runs(database, analyst) as runner:
        first = (await runner.start("me", here, "Which pets?")).run_id
        second = (await runner.start("me", here, "And now?", "enqueue")).run_id
        third = (await runner.start("me", here, "No: which cats?", "interrupt")).run_id
        analyst.resume.set()
        told = await lives(runner, here, endings=3)

    ends = {run: event for run, event in told if event in END_STATUSES}
    assert ends == {str(first): "cancelled", str(second): "cancelled", str(third): "completed"}
    assert "And now?" not in analyst.questions


async def test_what_another_process_runs_can_be_replaced_too(database: Database) -> None:
    here = await create_conversation(database)
    async with (
        open_scripted_runs(database, BlockingAnalyst(drafts=[VALID_DRAFT])) as busy,
        open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT])) as other,
    ):
        busy.worker._shutting_down = True  # so that it does not take the next one itself
        first = (await busy.start("me", here, "Which pets?")).run_id
        second = (await other.start("me", here, "No: which cats?", "interrupt")).run_id
        told = await lives(other, here, endings=2)
    assert told[-1] == (str(second), "completed")
    assert (str(first), "cancelled") in told


async def test_what_waits_its_turn_can_be_cancelled(database: Database) -> None:
    here = await create_conversation(database)
    analyst = BlockingAnalyst(drafts=[VALID_DRAFT])
    async with open_scripted_runs(database, analyst) as runner:
        await runner.start("me", here, "Which pets?")
        second = (await runner.start("me", here, "And now?", "enqueue")).run_id
        await runner.cancel("me", here, second)
        with pytest.raises(RunNotFound):
            await runner.cancel("me", here, second)
        analyst.resume.set()
        told = await lives(runner, here, endings=2)
    assert (str(second), "cancelled") in told
    assert told[-1][1] == "completed"
    assert analyst.questions == ["Which pets?"]


async def test_a_queue_outlives_the_process_that_took_it(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, BlockingAnalyst(drafts=[VALID_DRAFT]), lease_s=0.3) as leaving:
        leaving.shutdown_timeout_s = 0.0
        await leaving.start("me", here, "Which pets?")
        second = (await leaving.start("me", here, "And now?", "enqueue")).run_id
    async with open_scripted_runs(
        database, ScriptedAnalyst(drafts=[VALID_DRAFT, VALID_DRAFT]), lease_s=0.3
    ) as coming:
        told = await lives(coming, here, endings=2)
    assert told[-1] == (str(second), "completed")


async def test_limits_on_what_is_under_way_are_kept(database: Database) -> None:
    here, there, elsewhere = [await create_conversation(database) for _ in range(3)]
    analyst = BlockingAnalyst(drafts=[VALID_DRAFT] * 3)
    async with open_scripted_runs(
        database, analyst, worker_config=WorkerConfig(max_runs_per_user=1, max_runs=2)
    ) as runner:
        await runner.start("me", here, "Which pets?")
        with pytest.raises(TooManyRuns):
            await runner.start("me", there, "Which pets?")
        with pytest.raises(TooManyRuns):
            await runner.start("me", here, "And now?", "enqueue")
        analyst.resume.set()
    analyst = BlockingAnalyst(drafts=[VALID_DRAFT])
    async with open_scripted_runs(database, analyst, worker_config=WorkerConfig(max_runs=1)) as runner:
        await runner.start("me", there, "Which pets?")
        with pytest.raises(TooBusy):
            await runner.start("me", elsewhere, "Which pets?")
        analyst.resume.set()


async def interrupted(runner: RunService, here: UUID) -> LoggedEvent:
    await runner.start("me", here, "How old is Rex?")
    events = await events_until_end(runner, here)
    return next(event for event in events if event.channel == "input")


async def test_an_answer_is_in_the_log_for_who_comes_later(database: Database) -> None:
    here = await create_conversation(database)
    analyst = ScriptedAnalyst(intents=[UNCLEAR, Intent("data", "the cat Rex")], drafts=[VALID_DRAFT])
    async with open_scripted_runs(database, analyst) as runner:
        asked = await interrupted(runner, here)
        await runner.respond("me", here, asked.payload["interrupt_id"], "the cat")
        events = await events_until_end(runner, here, since=asked.seq + 1)
    told = next(event for event in events if event.name == "responded")
    assert told.payload == {
        "interrupt_id": asked.payload["interrupt_id"],
        "response": "the cat",
        "by": "person",
    }


@pytest.mark.parametrize("restart", [False, True])
async def test_the_default_counts_when_nobody_answers_in_time(database: Database, restart: bool) -> None:
    here = await create_conversation(database)
    analyst = ScriptedAnalyst(intents=[UNCLEAR, Intent("data", "the dog Rex")], drafts=[VALID_DRAFT])
    patient, soon = WorkerConfig(interrupt_timeout_s=0.2), WorkerConfig(lease_s=0.3, interrupt_timeout_s=0.2)
    async with open_scripted_runs(database, analyst, worker_config=patient if restart else soon) as runner:
        asked = await interrupted(runner, here)
        events = [] if restart else await events_until_end(runner, here, since=asked.seq + 1)
    if restart:
        async with open_scripted_runs(database, analyst, worker_config=soon) as runner:
            events = await events_until_end(runner, here, since=asked.seq + 1)
    assert asked.payload["payload"]["default"] == "the dog"
    assert asked.payload["expires_at"] > "2026"
    told: Any = next(event for event in events if event.name == "responded").payload
    assert (told["response"], told["by"]) == ("the dog", "default")
    assert analyst.questions == ["How old is Rex?", "the dog"]
    assert events[-1].payload["event"] == "completed"


async def test_a_query_that_nobody_approves_in_time_is_refused(database: Database) -> None:
    here = await create_conversation(database)
    target = ScriptedTarget()
    rules = WorkerConfig(lease_s=0.3, interrupt_timeout_s=0.1)
    async with open_scripted_runs(
        database, ScriptedAnalyst(drafts=[VALID_DRAFT]), target, worker_config=rules, approve="always"
    ) as runner:
        asked = await interrupted(runner, here)
        events = await events_until_end(runner, here, since=asked.seq + 1)
    values = next(event for event in events if event.channel == "values").payload
    assert (values["outcome"], target.executed) == ("refused", [])


async def test_what_a_run_took_can_be_read(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT])) as runner:
        run_id = (await runner.start("me", here, "Which pets?")).run_id
        await events_until_end(runner, here)
        [run] = await runner.runs("me", here)
    assert run.id == run_id
    assert run.usage is not None
    assert set(run.usage["steps"]) == {"analyze", "retrieve", "generate", "validate", "execute", "answer"}
    assert (run.usage["drafts"], run.usage["rows"]) == (1, 1)
    assert run.usage["ms"] > 0


async def test_a_run_whose_end_could_not_be_written_is_taken_over(database: Database) -> None:
    here = await create_conversation(database)
    analyst = BlockingAnalyst(drafts=[VALID_DRAFT, VALID_DRAFT])
    async with open_scripted_runs(database, analyst, lease_s=0.5) as runner:
        run_id = (await runner.start("me", here, "Which pets?")).run_id
        # As when the store went away at the last moment: nobody works on it, and its row says that we do.
        runner.worker._executors.pop(run_id).abandon()
        analyst.resume.set()
        async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT]), lease_s=0.5) as other:
            events = await events_until_end(other, here)
    assert events[-1].payload["event"] == "completed"


async def test_a_run_that_two_workers_lost_fails(database: Database) -> None:
    conversation = await create_conversation(database)
    store = RunStore(database)
    started = await store.begin(NewRun(conversation, {"question": "Which pets?"}), "first", lease_s=0)
    [taken_over] = await store.claim_expired("second", lease_s=0)
    assert taken_over.attempt == 2
    analyst = ScriptedAnalyst(drafts=[VALID_DRAFT])
    async with open_scripted_runs(database, analyst, lease_s=0.5) as runner:
        events = await events_until_end(runner, conversation)
    assert (events[-1].payload["event"], events[-1].payload["code"]) == ("failed", "run_abandoned")
    ended = await store.find(started.run.id)
    assert (ended.status, ended.error) == ("failed", "run_abandoned")
    assert analyst.questions == []


async def test_old_runs_are_folded_by_whoever_is_up(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT])) as runner:
        await runner.start("me", here, "Which pets?")
        whole = await events_until_end(runner, here)
    async with open_scripted_runs(
        database, ScriptedAnalyst(), worker_config=WorkerConfig(keep_events_s=0.001)
    ) as runner:

        async def folded_events() -> list[LoggedEvent]:
            events = await events_until_end(runner, here)
            return events if len(events) < len(whole) else []

        folded = await eventually(folded_events)
    names = [event.name or event.channel for event in folded]
    assert names == ["lifecycle", "asked", "evidence", "values", "lifecycle"]
    assert {event.seq for event in folded} < {event.seq for event in whole}
    assert folded[-1] == whole[-1]
