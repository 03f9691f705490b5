"""Question analysis: retrieval in parallel, and clarification by the user."""

from dataclasses import dataclass, field
from typing import Any

from langgraph.types import Command

from agent.analyst import Draft, Intent
from graph.events import Evidence
from schema_docs.search.results import SearchResult, TableDocument, ValueMatch
from store.access.roles import Access
from store.request_cache import RequestCache
from tests.fixtures.assistants import THREAD, run_turn, scripted_assistant
from tests.fixtures.scripted_analyst import ScriptedAnalyst, SingleMapRetriever

GOOD = Draft(sql="SELECT name FROM pets", reading="the names of all pets")
QUESTION: Any = {"question": "Which pets are there?", "database": "pets"}
RIGHT, WRONG, ALSO = "SELECT name FROM pets", "SELECT id FROM pets", "SELECT name FROM pets WHERE 1 = 1"
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


def only(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_an_unclear_question_is_asked_back_and_the_answer_understood() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(intents=[unclear, Intent("data", "the dog Rex")], drafts=[GOOD])
    assistant = scripted_assistant(analyst)

    await run_turn(assistant, QUESTION)
    waiting = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    await run_turn(assistant, Command(resume={waiting.id: "the dog"}))

    assert waiting.value == {
        "kind": "clarify",
        "question": "Which one?",
        "choices": ["the dog", "the cat"],
        "default": "the dog",
    }
    assert analyst.questions == ["Which pets are there?", "the dog"]
    assert analyst.memories[1].turns[-1].reply == "Which one?"
    assert analyst.answer_contexts[0].outcome == "answered"


async def test_a_new_question_gives_up_on_the_one_that_waits() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(intents=[unclear, Intent("data", "all")], drafts=[GOOD])
    assistant = scripted_assistant(analyst)

    await run_turn(assistant, QUESTION)
    await run_turn(assistant, QUESTION)

    assert analyst.answer_contexts[0].outcome == "answered"
    assert (await assistant.graph.aget_state(THREAD)).interrupts == ()


async def test_the_user_is_not_asked_where_the_operator_says_never() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(intents=[unclear])

    await run_turn(scripted_assistant(analyst, clarify="never"), QUESTION)

    assert analyst.answer_contexts[0].outcome == "unclear"


async def test_a_question_that_stands_alone_is_looked_up_while_it_is_understood() -> None:
    retriever = WithValues()
    intents = [Intent("data", QUESTION["question"]), Intent("data", "Which of them are old?")]
    assistant = scripted_assistant(
        ScriptedAnalyst(intents=intents, drafts=[Draft(RIGHT), Draft(WRONG)]), retriever=retriever
    )

    await run_turn(assistant, QUESTION)
    assert retriever.searched == [QUESTION["question"]]
    await run_turn(assistant, QUESTION)
    assert retriever.searched[1:] in (
        ["Which of them are old?"],
        [QUESTION["question"], "Which of them are old?"],
    )


async def test_where_nobody_is_asked_the_likeliest_reading_is_taken_and_said() -> None:
    analyst = ScriptedAnalyst(intents=[READINGS], drafts=[Draft(RIGHT)])

    events = await run_turn(scripted_assistant(analyst, clarify="never"), QUESTION)

    evidence = only(events, Evidence)[0]
    assert (evidence.question, evidence.outcome) == ("By sum?", "answered")
    assert evidence.assumptions == ("Taken as “By sum?”; it could also mean “By count?”.",)


async def test_nobody_is_asked_twice_in_a_turn() -> None:
    analyst = ScriptedAnalyst(intents=[READINGS, READINGS], drafts=[Draft(RIGHT)])
    assistant = scripted_assistant(analyst)

    await run_turn(assistant, QUESTION)
    waiting = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    events = await run_turn(assistant, Command(resume={waiting.id: "what?"}))

    assert not (await assistant.graph.aget_state(THREAD)).interrupts
    assert only(events, Evidence)[0].question == "By sum?"
