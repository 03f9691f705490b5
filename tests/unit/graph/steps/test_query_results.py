"""Query results: the diagnosis of empty results, and charts."""

from dataclasses import dataclass, field
from typing import Any

from agent.analyst import Draft
from graph.events import Chart, Evidence
from schema_docs.search.results import SearchResult, TableDocument, ValueMatch
from store.access.roles import Access
from store.request_cache import RequestCache
from tests.fixtures.assistants import run_turn, scripted_assistant
from tests.fixtures.scripted_analyst import ScriptedAnalyst, ScriptedTarget, SingleMapRetriever, make_rows

QUESTION: Any = {"question": "Which pets are there?", "database": "pets"}
RIGHT, WRONG, ALSO = "SELECT name FROM pets", "SELECT id FROM pets", "SELECT name FROM pets WHERE 1 = 1"
NONE = make_rows(["name"], [])


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


def with_values(analyst: ScriptedAnalyst, target: ScriptedTarget, **policy: Any) -> Any:
    return scripted_assistant(analyst, target, retriever=WithValues(), **policy)


async def test_an_empty_result_is_looked_into_once() -> None:
    first, second = "SELECT id FROM pets WHERE name = 'REX'", "SELECT id FROM pets WHERE name = 'Rex'"
    analyst = ScriptedAnalyst(drafts=[Draft(first), Draft(second)])

    await run_turn(with_values(analyst, ScriptedTarget([NONE, make_rows(["id"], [(1,)])])), QUESTION)

    assert analyst.draft_contexts[1].setbacks[0].kind == "empty"
    assert "similar values: pets.name = 'Rex'" in analyst.draft_contexts[1].setbacks[0].hint
    assert analyst.answer_contexts[0].outcome == "answered"


async def test_nothing_stands_where_nothing_better_is_found() -> None:
    same = Draft("SELECT id FROM pets WHERE name = 'REX'")
    analyst = ScriptedAnalyst(drafts=[same, same])

    events = await run_turn(with_values(analyst, ScriptedTarget([NONE])), QUESTION)

    assert analyst.answer_contexts[0].outcome == "empty"
    assert analyst.answer_contexts[0].rows == NONE
    assert only(events, Evidence)[0].sql is not None


async def test_a_second_empty_result_is_believed() -> None:
    drafts = [Draft(f"SELECT id FROM pets WHERE name = '{name}'") for name in ("REX", "RX")]
    analyst = ScriptedAnalyst(drafts=[*drafts])

    await run_turn(with_values(analyst, ScriptedTarget([NONE, NONE])), QUESTION)

    assert analyst.answer_contexts[0].outcome == "empty"
    assert len(analyst.draft_contexts) == 2


async def test_rows_that_make_a_picture_are_shown_as_one() -> None:
    target = ScriptedTarget([make_rows(["name", "n"], [("Rex", 2), ("Bo", 3)])])

    events = await run_turn(scripted_assistant(ScriptedAnalyst(drafts=[Draft(RIGHT)]), target), QUESTION)

    assert [event.kind for event in only(events, Chart)] == ["bar"]
