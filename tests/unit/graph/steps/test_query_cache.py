"""A query is recalled for the same question about the same data, and for nothing else."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agent.analyst import Draft, Intent, Setback
from graph.events import Evidence, Judged
from graph.steps.query_cache import SAME_AGAIN, Recall
from schema_docs.search.results import Found, FoundValue
from store.access.roles import Access, Role
from tests.fakes import ScriptedAnalyst, ScriptedTarget, rows_of
from tests.model_world import SCHEMA, task
from tests.unit.graph.test_journey import QUESTION, follow, journey

DRAFT = Draft("SELECT name FROM pets", analyst="model")
ASKED = task(intent=Intent("data", "Which pets are from Berlin?"))


def kept(**changed: Any) -> Recall:
    recall = Recall(10)
    recall.keep(ASKED, None, DRAFT)
    return recall


def test_the_same_words_bring_the_query_back_and_say_so() -> None:
    again = replace(ASKED, intent=Intent("data", "which pets are from  berlin"))
    (draft,) = kept().find(again, None)
    assert draft.sql == DRAFT.sql
    assert draft.assumptions == (SAME_AGAIN,)


@pytest.mark.parametrize(
    "changed",
    [
        {"intent": Intent("data", "Which pets are from Paris?")},
        {"found": Found(3, values=(FoundValue("public.customers", "city", "Bergen", "berlin", 0.9),))},
        {"schema": replace(SCHEMA, version=4)},
        {"schema": replace(SCHEMA, connection="other")},
        {"today": date(2026, 3, 10)},
        {"setbacks": (Setback("syntax", "SELEC", "?"),)},
    ],
)
def test_anything_else_does_not(changed: Any) -> None:
    assert kept().find(replace(ASKED, **changed), None) == ()


def test_who_may_see_something_else_gets_a_query_of_their_own() -> None:
    one, other = Access(Role(), (("region", "north"),)), Access(Role(), (("region", "south"),))
    recall = Recall(10)
    recall.keep(ASKED, one, DRAFT)
    assert recall.find(ASKED, one)
    assert recall.find(ASKED, other) == recall.find(ASKED, None) == ()


def test_it_keeps_to_its_size_and_forgets_the_oldest() -> None:
    recall = Recall(2)
    for word in ("a", "b", "c"):
        recall.keep(replace(ASKED, intent=Intent("data", word)), None, DRAFT)
    assert recall.find(replace(ASKED, intent=Intent("data", "a")), None) == ()
    assert recall.find(replace(ASKED, intent=Intent("data", "c")), None)


def test_nothing_is_kept_unless_it_is_wanted() -> None:
    recall = Recall()
    recall.keep(ASKED, None, DRAFT)
    assert recall.find(ASKED, None) == ()
    edited = Recall(10)
    edited.keep(ASKED, None, replace(DRAFT, analyst="person"))
    assert edited.find(ASKED, None) == ()


async def test_a_recalled_query_is_judged_and_run_anew() -> None:
    target = ScriptedTarget([rows_of(["name"], [("Rex",)]), rows_of(["name"], [("Bo",)])])
    analyst = ScriptedAnalyst(drafts=[DRAFT])
    graph = journey(analyst, target, recall=Recall(10))

    await follow(graph, QUESTION)
    events = await follow(graph, QUESTION)

    assert len(analyst.tasks) == 1
    assert len(target.ran) == 2
    assert [event.approved for event in events if isinstance(event, Judged)] == [True]
    assert analyst.stories[1].rows == rows_of(["name"], [("Bo",)])
    assert SAME_AGAIN in next(event for event in events if isinstance(event, Evidence)).assumptions
