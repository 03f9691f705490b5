"""A query is recalled for the same question about the same data, and for nothing else."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agent.analyst import Draft, Intent, Setback
from graph.events import Evidence, Verdict
from graph.steps.query_cache import FROM_CACHE, QueryCache
from schema_docs.search.results import SearchResult, ValueMatch
from store.access.roles import Access, Role
from tests.fixtures.assistants import run_turn, scripted_assistant
from tests.fixtures.llm.contexts import SCHEMA, draft_context
from tests.fixtures.scripted_analyst import ScriptedAnalyst, ScriptedTarget, make_rows

QUESTION: Any = {"question": "Which pets are there?", "database": "pets"}
DRAFT = Draft("SELECT name FROM pets", analyst="model")
ASKED = draft_context(intent=Intent("data", "Which pets are from Berlin?"))


def filled_cache() -> QueryCache:
    cache = QueryCache(10)
    cache.put(ASKED, None, DRAFT)
    return cache


def test_the_same_words_bring_the_query_back_and_say_so() -> None:
    again = replace(ASKED, intent=Intent("data", "which pets are from  berlin"))
    (draft,) = filled_cache().get(again, None)
    assert draft.sql == DRAFT.sql
    assert draft.assumptions == (FROM_CACHE,)


@pytest.mark.parametrize(
    "changed",
    [
        {"intent": Intent("data", "Which pets are from Paris?")},
        {
            "retrieval": SearchResult(
                3, values=(ValueMatch("public.customers", "city", "Bergen", "berlin", 0.9),)
            )
        },
        {"schema": replace(SCHEMA, version=4)},
        {"schema": replace(SCHEMA, connection="other")},
        {"today": date(2026, 3, 10)},
        {"setbacks": (Setback("syntax", "SELEC", "?"),)},
    ],
)
def test_anything_else_does_not(changed: Any) -> None:
    assert filled_cache().get(replace(ASKED, **changed), None) == ()


def test_who_may_see_something_else_gets_a_query_of_their_own() -> None:
    one, other = Access(Role(), (("region", "north"),)), Access(Role(), (("region", "south"),))
    cache = QueryCache(10)
    cache.put(ASKED, one, DRAFT)
    assert cache.get(ASKED, one)
    assert cache.get(ASKED, other) == cache.get(ASKED, None) == ()


def test_it_keeps_to_its_size_and_forgets_the_oldest() -> None:
    cache = QueryCache(2)
    for word in ("a", "b", "c"):
        cache.put(replace(ASKED, intent=Intent("data", word)), None, DRAFT)
    assert cache.get(replace(ASKED, intent=Intent("data", "a")), None) == ()
    assert cache.get(replace(ASKED, intent=Intent("data", "c")), None)


def test_nothing_is_kept_unless_it_is_wanted() -> None:
    cache = QueryCache()
    cache.put(ASKED, None, DRAFT)
    assert cache.get(ASKED, None) == ()
    edited = QueryCache(10)
    edited.put(ASKED, None, replace(DRAFT, analyst="person"))
    assert edited.get(ASKED, None) == ()


async def test_a_recalled_query_is_judged_and_run_anew() -> None:
    target = ScriptedTarget([make_rows(["name"], [("Rex",)]), make_rows(["name"], [("Bo",)])])
    analyst = ScriptedAnalyst(drafts=[DRAFT])
    assistant = scripted_assistant(analyst, target, query_cache=QueryCache(10))

    await run_turn(assistant, QUESTION)
    events = await run_turn(assistant, QUESTION)

    assert len(analyst.draft_contexts) == 1
    assert len(target.executed) == 2
    assert [event.approved for event in events if isinstance(event, Verdict)] == [True]
    assert analyst.answer_contexts[1].rows == make_rows(["name"], [("Bo",)])
    assert FROM_CACHE in next(event for event in events if isinstance(event, Evidence)).assumptions
