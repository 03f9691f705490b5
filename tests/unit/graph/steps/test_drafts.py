"""Drafting rounds: repeated drafts, several drafts, and ambiguities found while drafting."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from langgraph.types import Command

from agent.analyst import Draft, DraftContext, Intent, Strategy
from graph.events import DraftWritten, Evidence, RowBatch
from schema_docs.search.results import SearchResult, TableDocument, ValueMatch
from store.access.roles import Access
from store.request_cache import RequestCache
from store.rows import Rows
from tests.fixtures.assistants import THREAD, run_turn, scripted_assistant
from tests.fixtures.scripted_analyst import ScriptedAnalyst, ScriptedTarget, SingleMapRetriever, make_rows

QUESTION: Any = {"question": "Which pets are there?", "database": "pets"}
RIGHT, WRONG, ALSO = "SELECT name FROM pets", "SELECT id FROM pets", "SELECT name FROM pets WHERE 1 = 1"
HARD = Intent("data", "Which pets are there?", plan=("find them", "name them"))
READINGS = Intent("unclear", "best?", "By what?", ("By sum?", "By count?"), default_choice="By sum?")


@dataclass
class WithValues(SingleMapRetriever):
    """Knows one stored value, which is near to whatever is looked for."""

    searched: list[str] = field(default_factory=list)

    async def find(
        self,
        question: str,
        connection: str,
        budget_tokens: int = 1_500,
        access: Access | None = None,
        cache: RequestCache | None = None,
    ) -> SearchResult:
        self.searched.append(question)
        return SearchResult(
            1, (TableDocument("pets", "pets"),), (ValueMatch("pets", "name", "Rex", question, 0.9),)
        )


@dataclass
class Framed(ScriptedAnalyst):
    """Drafts one query a frame."""

    strategies: tuple[Strategy, ...] = ("direct", "divide", "plan")
    queries: tuple[str, ...] = (WRONG, RIGHT, ALSO)

    async def draft(self, task: DraftContext) -> Draft | Intent:
        self.draft_contexts.append(task)
        await asyncio.sleep(0)
        return Draft(self.queries[self.strategies.index(task.strategy)])


@dataclass
class ByQuery(ScriptedTarget):
    """Gives other rows for the wrong query."""

    async def run(self, approved: Any, limits: Any) -> Rows:
        self.executed.append(approved.sql)
        return make_rows(["x"], [("1",) if "id" in approved.sql else ("Rex",)])


def only(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_the_same_draft_twice_ends_the_turn() -> None:
    analyst = ScriptedAnalyst(drafts=[Draft(sql="SELECT totl FROM pets"), Draft(sql="SELECT totl FROM pets")])

    await run_turn(scripted_assistant(analyst), QUESTION)

    assert analyst.answer_contexts[0].outcome == "failed"
    assert len(analyst.draft_contexts) == 2


async def test_drafts_of_a_hard_question_vote() -> None:
    analyst = Framed(intents=[HARD])

    events = await run_turn(scripted_assistant(analyst, ByQuery()), QUESTION)

    assert [event.sql for event in only(events, DraftWritten)] == [WRONG, RIGHT]
    assert only(events, RowBatch)[0].rows == (("Rex",),)
    evidence = only(events, Evidence)[0]
    assert (evidence.votes, evidence.drafts, evidence.confidence) == (2, 3, 0.67)
    assert analyst.answer_contexts[0].draft == Draft(RIGHT)


async def test_a_draft_that_is_rejected_counts_against_the_others() -> None:
    analyst = Framed(intents=[HARD], queries=("DELETE FROM pets", RIGHT, ALSO))

    events = await run_turn(scripted_assistant(analyst, ByQuery()), QUESTION)

    evidence = only(events, Evidence)[0]
    assert (evidence.votes, evidence.drafts, evidence.outcome) == (2, 3, "answered")


async def test_one_draft_is_written_where_a_person_looks_at_each() -> None:
    analyst = Framed(intents=[HARD])
    await run_turn(scripted_assistant(analyst, ByQuery(), approve="always"), QUESTION)
    assert len(analyst.draft_contexts) == 1


async def test_what_is_found_unclear_while_drafting_is_asked_back_once() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(drafts=[unclear, unclear])
    assistant = scripted_assistant(analyst)

    await run_turn(assistant, QUESTION)
    waiting = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    await run_turn(assistant, Command(resume={waiting.id: "the dog"}))

    assert analyst.answer_contexts[0].outcome == "unclear"


async def test_what_drafting_finds_unclear_is_decided_too_and_only_once() -> None:
    retriever = WithValues()
    analyst = ScriptedAnalyst(drafts=[READINGS, READINGS])

    await run_turn(scripted_assistant(analyst, retriever=retriever, clarify="never"), QUESTION)

    assert [task.intent.question for task in analyst.draft_contexts] == ["Which pets are there?", "By sum?"]
    assert retriever.searched == ["Which pets are there?", "By sum?"]
    assert analyst.answer_contexts[0].outcome == "unclear"


GOOD = Draft(sql="SELECT name FROM pets", reading="the names of all pets")


async def test_a_person_approves_a_query_before_it_runs() -> None:
    target = ScriptedTarget()
    assistant = scripted_assistant(ScriptedAnalyst(drafts=[GOOD]), target, approve="always")

    await run_turn(assistant, QUESTION)
    waiting = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    ran_before = list(target.executed)
    await run_turn(assistant, Command(resume={waiting.id: {"decision": "approve"}}))

    assert waiting.value["sql"] == "SELECT pets.name FROM pets" or waiting.value["sql"].startswith("SELECT")
    assert ran_before == []
    assert len(target.executed) == 1


async def test_a_refused_query_does_not_run() -> None:
    target = ScriptedTarget()
    analyst = ScriptedAnalyst(drafts=[GOOD])
    assistant = scripted_assistant(analyst, target, approve="always")

    await run_turn(assistant, QUESTION)
    waiting = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    await run_turn(assistant, Command(resume={waiting.id: {"decision": "refuse"}}))

    assert target.executed == []
    assert analyst.answer_contexts[0].outcome == "refused"


async def test_an_edited_query_is_judged_too() -> None:
    target = ScriptedTarget()
    assistant = scripted_assistant(ScriptedAnalyst(drafts=[GOOD]), target, approve="always")

    await run_turn(assistant, QUESTION)
    first = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    await run_turn(assistant, Command(resume={first.id: {"decision": "edit", "sql": "DROP TABLE pets"}}))
    second = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    await run_turn(assistant, Command(resume={second.id: {"decision": "edit", "sql": "SELECT id FROM pets"}}))

    assert "may not run" in second.value["reason"]
    assert len(target.executed) == 1
    assert "id" in target.executed[0]
