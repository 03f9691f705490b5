"""The journey with several drafts, with results that hold nothing, and with several questions in one."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from langgraph.types import Command

from agent.analyst import Draft, Frame, Intent, Task
from graph.events import Charted, Drafted, Evidence, RowsArrived, Said
from schema_docs.search.results import Found, FoundValue, Page
from store.access.roles import Access
from store.rows import Rows
from tests.fakes import OneMap, ScriptedAnalyst, ScriptedTarget, rows_of
from tests.unit.graph.test_journey import QUESTION, THREAD, follow, journey

RIGHT, WRONG, ALSO = "SELECT name FROM pets", "SELECT id FROM pets", "SELECT name FROM pets WHERE 1 = 1"
HARD = Intent("data", "Which pets are there?", plan=("find them", "name them"))
NONE = rows_of(["name"], [])


@dataclass
class Framed(ScriptedAnalyst):
    """Drafts one query a frame."""

    frames: tuple[Frame, ...] = ("direct", "divide", "plan")
    queries: tuple[str, ...] = (WRONG, RIGHT, ALSO)

    async def draft(self, task: Task) -> Draft | Intent:
        self.tasks.append(task)
        await asyncio.sleep(0)
        return Draft(self.queries[self.frames.index(task.frame)])


@dataclass
class ByQuery(ScriptedTarget):
    """Gives other rows for the wrong query."""

    async def run(self, approved: Any, limits: Any) -> Rows:
        self.ran.append(approved.sql)
        return rows_of(["x"], [("1",) if "id" in approved.sql else ("Rex",)])


@dataclass
class WithValues(OneMap):
    """Knows one stored value, which is near to whatever is looked for."""

    searched: list[str] = field(default_factory=list)

    async def find(
        self, question: str, connection: str, budget_tokens: int = 1_500, access: Access | None = None
    ) -> Found:
        self.searched.append(question)
        return Found(1, (Page("pets", "pets"),), (FoundValue("pets", "name", "Rex", question, 0.9),))


def only(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def with_values(analyst: ScriptedAnalyst, target: ScriptedTarget, **policy: Any) -> Any:
    return journey(analyst, target, library=WithValues(), **policy)


async def test_drafts_of_a_hard_question_vote() -> None:
    analyst = Framed(intents=[HARD])

    events = await follow(journey(analyst, ByQuery()), QUESTION)

    assert [event.sql for event in only(events, Drafted)] == [WRONG, RIGHT]
    assert only(events, RowsArrived)[0].rows == (("Rex",),)
    evidence = only(events, Evidence)[0]
    assert (evidence.votes, evidence.drafts, evidence.confidence) == (2, 3, 0.67)
    assert analyst.stories[0].draft == Draft(RIGHT)


async def test_a_draft_that_is_rejected_counts_against_the_others() -> None:
    analyst = Framed(intents=[HARD], queries=("DELETE FROM pets", RIGHT, ALSO))

    events = await follow(journey(analyst, ByQuery()), QUESTION)

    evidence = only(events, Evidence)[0]
    assert (evidence.votes, evidence.drafts, evidence.outcome) == (2, 3, "answered")


async def test_one_draft_is_written_where_a_person_looks_at_each() -> None:
    analyst = Framed(intents=[HARD])
    await follow(journey(analyst, ByQuery(), approve="always"), QUESTION)
    assert len(analyst.tasks) == 1


async def test_an_empty_result_is_looked_into_once() -> None:
    first, second = "SELECT id FROM pets WHERE name = 'REX'", "SELECT id FROM pets WHERE name = 'Rex'"
    analyst = ScriptedAnalyst(drafts=[Draft(first), Draft(second)])

    await follow(with_values(analyst, ScriptedTarget([NONE, rows_of(["id"], [(1,)])])), QUESTION)

    assert analyst.tasks[1].setbacks[0].kind == "empty"
    assert "near are pets.name = 'Rex'" in analyst.tasks[1].setbacks[0].hint
    assert analyst.stories[0].outcome == "answered"


async def test_nothing_stands_where_nothing_better_is_found() -> None:
    same = Draft("SELECT id FROM pets WHERE name = 'REX'")
    analyst = ScriptedAnalyst(drafts=[same, same])

    events = await follow(with_values(analyst, ScriptedTarget([NONE])), QUESTION)

    assert analyst.stories[0].outcome == "empty"
    assert analyst.stories[0].rows == NONE
    assert only(events, Evidence)[0].sql is not None


async def test_a_second_empty_result_is_believed() -> None:
    drafts = [Draft(f"SELECT id FROM pets WHERE name = '{name}'") for name in ("REX", "RX")]
    analyst = ScriptedAnalyst(drafts=[*drafts])

    await follow(with_values(analyst, ScriptedTarget([NONE, NONE])), QUESTION)

    assert analyst.stories[0].outcome == "empty"
    assert len(analyst.tasks) == 2


SEVERAL = Intent(
    "data", "Which pets, and which ids?", parts=("Which pets are there?", "Which ids are there?")
)


async def test_several_questions_are_answered_in_order_and_together() -> None:
    analyst = ScriptedAnalyst(intents=[SEVERAL], drafts=[Draft(RIGHT), Draft(WRONG)])
    target = ScriptedTarget([rows_of(["name"], [("Rex",)]), rows_of(["id"], [("1",)])])
    graph = journey(analyst, target)

    events = await follow(graph, QUESTION)

    assert [(event.part, event.rows) for event in only(events, RowsArrived)] == [
        (1, (("Rex",),)),
        (2, (("1",),)),
    ]
    assert [story.rows and story.rows.values for story in analyst.stories] == [(("Rex",),), (("1",),)]
    said = "".join(event.text for event in only(events, Said))
    assert said == "1. Which pets are there?\nHere you are.\n\n2. Which ids are there?\nHere you are."
    evidence = only(events, Evidence)[0]
    assert [part["row_count"] for part in evidence.parts] == [1, 1]
    turns = (await graph.aget_state(THREAD)).values["memory"].turns
    assert len(turns) == 1
    assert [part.standalone for part in turns[0].parts] == list(SEVERAL.parts)


async def test_one_question_of_several_that_fails_spoils_no_other() -> None:
    bad = [Draft(f"DELETE FROM pets WHERE id = {number}") for number in range(3)]
    analyst = ScriptedAnalyst(intents=[SEVERAL], drafts=[*bad, Draft(RIGHT)])

    events = await follow(journey(analyst), QUESTION)

    assert [story.outcome for story in analyst.stories] == ["failed", "answered"]
    assert only(events, Evidence)[0].outcome == "answered"


async def test_rows_lost_while_a_person_was_asked_are_read_again() -> None:
    analyst = ScriptedAnalyst(intents=[SEVERAL], drafts=[Draft(RIGHT), Draft(WRONG)])
    target = ByQuery()
    graph = journey(analyst, target, approve="always")

    await follow(graph, QUESTION)
    for _ in range(2):
        waiting = (await graph.aget_state(THREAD)).interrupts[0]
        await follow(graph, Command(resume={waiting.id: {"decision": "approve"}}))

    assert [story.rows and story.rows.values for story in analyst.stories] == [(("Rex",),), (("1",),)]


async def test_a_part_is_never_asked_back() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(intents=[SEVERAL], drafts=[unclear, Draft(RIGHT)])
    graph = journey(analyst)

    await follow(graph, QUESTION)

    assert not (await graph.aget_state(THREAD)).interrupts
    assert [story.outcome for story in analyst.stories] == ["unclear", "answered"]


async def test_a_question_that_stands_alone_is_looked_up_while_it_is_understood() -> None:
    library = WithValues()
    intents = [Intent("data", QUESTION["question"]), Intent("data", "Which of them are old?")]
    graph = journey(ScriptedAnalyst(intents=intents, drafts=[Draft(RIGHT), Draft(WRONG)]), library=library)

    await follow(graph, QUESTION)
    assert library.searched == [QUESTION["question"]]
    await follow(graph, QUESTION)
    assert library.searched[1:] in (
        ["Which of them are old?"],
        [QUESTION["question"], "Which of them are old?"],
    )


async def test_rows_that_make_a_picture_are_shown_as_one() -> None:
    target = ScriptedTarget([rows_of(["name", "n"], [("Rex", 2), ("Bo", 3)])])

    events = await follow(journey(ScriptedAnalyst(drafts=[Draft(RIGHT)]), target), QUESTION)

    assert [event.kind for event in only(events, Charted)] == ["bar"]


READINGS = Intent("unclear", "best?", "By what?", ("By sum?", "By count?"), likeliest="By sum?")


async def test_where_nobody_is_asked_the_likeliest_reading_is_taken_and_said() -> None:
    analyst = ScriptedAnalyst(intents=[READINGS], drafts=[Draft(RIGHT)])

    events = await follow(journey(analyst, clarify="never"), QUESTION)

    evidence = only(events, Evidence)[0]
    assert (evidence.question, evidence.outcome) == ("By sum?", "answered")
    assert evidence.assumptions == ("Taken as “By sum?”; it could also mean “By count?”.",)


async def test_what_drafting_finds_unclear_is_decided_too_and_only_once() -> None:
    library = WithValues()
    analyst = ScriptedAnalyst(drafts=[READINGS, READINGS])

    await follow(journey(analyst, library=library, clarify="never"), QUESTION)

    assert [task.intent.question for task in analyst.tasks] == ["Which pets are there?", "By sum?"]
    assert library.searched == ["Which pets are there?", "By sum?"]
    assert analyst.stories[0].outcome == "unclear"


async def test_nobody_is_asked_twice_in_a_turn() -> None:
    analyst = ScriptedAnalyst(intents=[READINGS, READINGS], drafts=[Draft(RIGHT)])
    graph = journey(analyst)

    await follow(graph, QUESTION)
    waiting = (await graph.aget_state(THREAD)).interrupts[0]
    events = await follow(graph, Command(resume={waiting.id: "what?"}))

    assert not (await graph.aget_state(THREAD)).interrupts
    assert only(events, Evidence)[0].question == "By sum?"
