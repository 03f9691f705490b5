"""Question analysis: intent and first retrieval of a turn, and the intent behind a clarification response."""

import asyncio

from agent.analyst import Analyst, Intent, Memory, Turn
from agent.memory import remember
from graph.run_context import RunContext
from graph.state import State, Update
from graph.steps.clarification import ClarificationPolicy
from graph.steps.subquestions import start_turn


async def analyze_question(
    analyst: Analyst, clarification: ClarificationPolicy, state: State, run: RunContext
) -> Update:
    """Understand the question while retrieval already runs: most questions are complete as they stand."""
    question, memory = state["question"], state.get("memory", Memory())
    schema = await run.database.schema()
    search = asyncio.create_task(run.database.retrieve(question))
    try:
        intent = await analyst.understand(question, memory, schema, run.today, run.budget)
        intent = clarification.resolve(intent, clarified=False)
        is_complete = intent.kind == "data" and not intent.parts and intent.question == question
        update: Update = {**start_turn(intent), "retrieval": await search if is_complete else None}
    finally:
        search.cancel()
    return {**update, **clarification.ask_back(update["intent"], clarified=False)}


async def analyze_response(
    analyst: Analyst, clarification: ClarificationPolicy, response: str, state: State, run: RunContext
) -> Update:
    """Understand the user's response to a clarifying question, with that exchange as the latest turn."""
    unclear: Intent = state["unclear"]
    exchange = Turn(
        state["question"], unclear.question, unclear.reply or "", "unclear", plan=unclear.choice_plans
    )
    memory = remember(state.get("memory", Memory()), exchange)
    schema = await run.database.schema()
    intent = await analyst.understand(response, memory, schema, run.today, run.budget)
    return {**start_turn(clarification.resolve(intent, clarified=True)), "clarified": True}
