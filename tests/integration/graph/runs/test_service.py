import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from agent.analyst import Intent
from agent.errors import AnalystUnavailable
from graph.errors import InterruptNotFound, InvalidQuestion, InvalidResponse, RunNotFound
from store.database import Database
from store.errors import NotFound, RunInProgress, TargetUnavailable
from store.request_cache import RequestCache
from tests.fixtures.runner import (
    VALID_DRAFT,
    BlockingAnalyst,
    answer_text,
    create_conversation,
    events_until_end,
    open_scripted_runs,
)
from tests.fixtures.scripted_analyst import ScriptedAnalyst, ScriptedTarget


class DownTarget(ScriptedTarget):
    async def open(self, name: str, cache: RequestCache | None = None) -> "ScriptedTarget":
        raise TargetUnavailable("at postgresql://user:secret@host")


class DownAnalyst(ScriptedAnalyst):
    async def understand(self, *given: Any) -> Intent:
        raise AnalystUnavailable("sk-secret")


async def test_a_run_is_logged_from_first_to_last_without_gaps(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT])) as runner:
        await runner.start("me", here, "Which pets?")
        events = await events_until_end(runner, here)

    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert (events[0].payload["event"], events[1].name) == ("running", "asked")
    assert (events[-2].channel, events[-1].payload["event"]) == ("values", "completed")
    assert answer_text(events) == "Here you are."


async def test_two_viewers_hear_the_same(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT])) as runner:
        early = asyncio.create_task(events_until_end(runner, here))
        await runner.start("me", here, "Which pets?")
        live = await early
        replayed = await events_until_end(runner, here)

    assert live == replayed


async def test_a_viewer_goes_on_where_it_left(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT])) as runner:
        await runner.start("me", here, "Which pets?")
        everything = await events_until_end(runner, here)
        rest = await events_until_end(runner, here, since=5)

    assert rest == everything[5:]


async def test_a_second_question_waits_its_turn(database: Database) -> None:
    here = await create_conversation(database)
    analyst = BlockingAnalyst(drafts=[VALID_DRAFT])
    async with open_scripted_runs(database, analyst) as runner:
        await runner.start("me", here, "Which pets?")
        with pytest.raises(RunInProgress):
            await runner.start("me", here, "And now?")
        analyst.resume.set()
        await events_until_end(runner, here)


async def test_a_cancelled_run_ends_cancelled_and_the_next_can_begin(database: Database) -> None:
    here = await create_conversation(database)
    analyst = BlockingAnalyst(drafts=[VALID_DRAFT, VALID_DRAFT])
    async with open_scripted_runs(database, analyst) as runner:
        await runner.start("me", here, "Which pets?")
        async with aclosing(runner.watch("me", here)) as pages:
            async for page in pages:
                if any(event.payload.get("phase") == "text" for event in page):
                    break
        await runner.cancel("me", here)
        stopped = await events_until_end(runner, here)
        analyst.resume.set()
        await runner.start("me", here, "Which pets?")
        again = await events_until_end(runner, here, since=stopped[-1].seq)

    assert stopped[-1].payload["event"] == "cancelled"
    assert stopped[-2].payload == {"phase": "finished"}
    assert again[-1].payload["event"] == "completed"


async def test_a_run_is_cancelled_from_another_process(database: Database) -> None:
    here = await create_conversation(database)
    async with (
        open_scripted_runs(database, BlockingAnalyst(drafts=[VALID_DRAFT])) as worker,
        open_scripted_runs(database, ScriptedAnalyst()) as other,
    ):
        watched = asyncio.create_task(events_until_end(other, here))
        await worker.start("me", here, "Which pets?")
        await other.cancel("me", here)
        events = await watched

    assert events[-1].payload["event"] == "cancelled"


async def test_a_run_whose_process_went_away_is_finished_by_another(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, BlockingAnalyst(drafts=[VALID_DRAFT]), lease_s=0.6) as leaving:
        await leaving.start("me", here, "Which pets?")
        leaving.shutdown_timeout_s = 0.0
    async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT]), lease_s=0.6) as coming:
        events = await events_until_end(coming, here)

    assert [event.payload["event"] for event in events if event.channel == "lifecycle"] == [
        "running",
        "recovered",
        "completed",
    ]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


async def test_a_follow_up_works_after_a_restart(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT])) as runner:
        await runner.start("me", here, "Which pets?")
        first = await events_until_end(runner, here)
    analyst = ScriptedAnalyst(drafts=[VALID_DRAFT])
    async with open_scripted_runs(database, analyst) as runner:
        await runner.start("me", here, "And how many?")
        await events_until_end(runner, here, since=first[-1].seq)

    assert [turn.question for turn in analyst.memories[0].turns] == ["Which pets?"]


async def test_an_interrupt_is_answered_after_a_restart(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(
        database, ScriptedAnalyst(drafts=[VALID_DRAFT]), approve="always"
    ) as runner:
        await runner.start("me", here, "Which pets?")
        asked = await events_until_end(runner, here)
    waiting = next(event for event in asked if event.channel == "input").payload
    target = ScriptedTarget()
    async with open_scripted_runs(database, ScriptedAnalyst(), target, approve="always") as runner:
        await runner.respond("me", here, waiting["interrupt_id"], {"decision": "approve"})
        answered = await events_until_end(runner, here, since=asked[-1].seq)

    assert asked[-1].payload["event"] == "interrupted"
    assert waiting["payload"]["kind"] == "approve"
    assert answered[-1].payload["event"] == "completed"
    assert len(target.executed) == 1


async def test_an_answer_must_fit_what_was_asked(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(
        database, ScriptedAnalyst(drafts=[VALID_DRAFT]), approve="always"
    ) as runner:
        await runner.start("me", here, "Which pets?")
        asked = await events_until_end(runner, here)
        waiting = next(event for event in asked if event.channel == "input").payload

        with pytest.raises(InterruptNotFound):
            await runner.respond("me", here, "0" * 32, {"decision": "approve"})
        with pytest.raises(InvalidResponse):
            await runner.respond("me", here, waiting["interrupt_id"], {"decision": "perhaps"})


@pytest.mark.parametrize(
    ("analyst", "target", "code"),
    [
        (DownAnalyst(), None, "model_unavailable"),
        (ScriptedAnalyst(drafts=[VALID_DRAFT]), DownTarget(), "target_unavailable"),
        (ScriptedAnalyst(), None, "internal"),
    ],
)
async def test_a_run_that_fails_says_why_and_no_more(
    database: Database, analyst: Any, target: Any, code: str
) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, analyst, target) as runner:
        await runner.start("me", here, "Which pets?")
        events = await events_until_end(runner, here)

    assert (events[-1].payload["event"], events[-1].payload["code"]) == ("failed", code)
    assert "secret" not in str([event.payload for event in events])


async def test_the_conversation_stays_usable_after_a_failure(database: Database) -> None:
    here = await create_conversation(database)
    analyst = ScriptedAnalyst()
    async with open_scripted_runs(database, analyst) as runner:
        await runner.start("me", here, "Which pets?")
        failed = await events_until_end(runner, here)
        analyst.drafts.append(VALID_DRAFT)
        await runner.start("me", here, "Which pets?")
        events = await events_until_end(runner, here, since=failed[-1].seq)

    assert events[-1].payload["event"] == "completed"


@pytest.mark.parametrize("question", ["", "  \n ", "x" * 4_001])
async def test_an_unusable_question_is_refused(database: Database, question: str) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst()) as runner:
        with pytest.raises(InvalidQuestion):
            await runner.start("me", here, question)


async def test_another_asker_sees_nothing(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst()) as runner:
        with pytest.raises(NotFound):
            await runner.start("somebody else", here, "Which pets?")
        with pytest.raises(NotFound):
            await runner.state("somebody else", here)
        with pytest.raises(NotFound):
            await anext(runner.watch("somebody else", here))


async def test_there_is_nothing_to_cancel_when_nothing_runs(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst()) as runner:
        with pytest.raises(RunNotFound):
            await runner.cancel("me", here)


async def test_the_state_shows_turns_and_no_rows(database: Database) -> None:
    here = await create_conversation(database)
    async with open_scripted_runs(database, ScriptedAnalyst(drafts=[VALID_DRAFT])) as runner:
        await runner.start("me", here, "Which pets?")
        await events_until_end(runner, here)
        snapshot = await runner.state("me", here)
        history = await runner.history("me", here)

    assert snapshot.values["answer"] == "Here you are."
    assert snapshot.values["turns"][0]["sql"] == VALID_DRAFT.sql
    assert snapshot.next == ()
    assert "Rex" not in str(snapshot.values)
    assert history[0] == snapshot
