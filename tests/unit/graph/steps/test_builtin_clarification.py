"""The built-in analyst asks back through the graph, and answers what was chosen."""

from typing import Any

from langgraph.types import Command

from agent.builtin.analyst import BuiltinAnalyst
from graph.build import Assistant
from graph.events import DraftWritten, Evidence
from tests.fixtures.assistants import THREAD, run_turn, scripted_assistant
from tests.fixtures.nlg_cases import SHOP
from tests.fixtures.scripted_analyst import ScriptedTarget, SingleMapRetriever, make_rows

# What the two readings bring: customers by name, or how many there are.
BROUGHT = (make_rows(["first_name", "last_name"], [("Ada", "Hill")]), make_rows(["count"], [(3,)]))
QUESTION: Any = {"question": "customers who complained", "database": "shop"}


def journey(target: ScriptedTarget, **config: Any) -> Assistant:
    return scripted_assistant(BuiltinAnalyst(), target, SingleMapRetriever(SHOP.map.catalog), **config)


async def follow(assistant: Assistant, graph_input: Any) -> list[Any]:
    return await run_turn(assistant, graph_input, "shop")


async def asked_back(assistant: Assistant) -> dict[str, Any]:
    await follow(assistant, QUESTION)
    [waiting] = (await assistant.graph.aget_state(THREAD)).interrupts
    return dict(waiting.value)


async def test_what_was_chosen_is_what_runs() -> None:
    for place in (0, 1):
        target = ScriptedTarget([BROUGHT[place]])
        assistant = journey(target)
        request = await asked_back(assistant)
        assert "complained" in request["question"]

        events = await follow(assistant, Command(resume=request["choices"][place]))

        [draft] = [event for event in events if isinstance(event, DraftWritten)]
        assert draft.reading.lower() == request["choices"][place].lower()
        assert len(target.executed) == 1


async def test_the_choices_lead_to_different_queries() -> None:
    ran = set()
    for place in (0, 1):
        target = ScriptedTarget([BROUGHT[place]])
        assistant = journey(target)
        request = await asked_back(assistant)
        await follow(assistant, Command(resume=request["choices"][place]))
        ran |= set(target.executed)

    assert len(ran) == 2


async def test_where_nobody_is_asked_the_likeliest_is_taken_and_said() -> None:
    target = ScriptedTarget([BROUGHT[0]])
    events = await follow(journey(target, clarify="never"), QUESTION)

    [evidence] = [event for event in events if isinstance(event, Evidence)]
    assert len(target.executed) == 1
    assert any("complained" in assumption for assumption in evidence.assumptions)
    assert any("could also mean" in assumption for assumption in evidence.assumptions)
