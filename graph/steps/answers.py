"""Answer assembly: the answer contexts of all questions of a turn, the reply, and the stored turn."""

from collections.abc import AsyncIterator, Sequence

from agent.analyst import Analyst, AnswerContext, Memory
from agent.memory import remember
from agent.results.sanitizer import sanitize
from graph.events import Suggestions, TextDelta
from graph.run_context import RunContext
from graph.state import State, Subquestion, Update
from graph.steps.candidates_vote import rerun
from graph.steps.presenters import build_evidence, build_turn, usage_event
from graph.steps.subquestions import conclude
from store.access.approved_query import Approved
from store.rows import Rows

SEPARATOR = "\n\n"


async def narrate_all(analyst: Analyst, contexts: Sequence[AnswerContext]) -> AsyncIterator[str]:
    """Stream the answers in order; several answers are numbered and headed by their question."""
    for number, context in enumerate(contexts, 1):
        if len(contexts) > 1:
            yield f"{'' if number == 1 else SEPARATOR}{number}. {sanitize(context.intent.question)}\n"
        async for text in analyst.narrate(context):
            yield text


async def answer_turn(analyst: Analyst, state: State, run: RunContext) -> Update:
    """Narrate the answers, emit evidence, usage and suggestions, and store the turn in the memory."""
    subquestions = [*state["finished"], conclude(state)]
    contexts = await _answer_contexts(subquestions, state, run)
    reply = await _stream_reply(analyst, contexts, run)
    run.sink(build_evidence(subquestions, contexts, state["retrieval"], analyst.name))
    if usage := usage_event(run.budget):
        run.sink(usage)
    run.sink(Suggestions(await analyst.suggest(contexts[-1])))
    turn = build_turn(state["question"], contexts, reply)
    return {
        "reply": turn.reply,
        "outcome": turn.outcome,
        "memory": remember(state.get("memory", Memory()), turn),
        "retrieval": None,
        "drafts": [],
        "candidates": [],
        "finished": [],
    }


async def _stream_reply(analyst: Analyst, contexts: Sequence[AnswerContext], run: RunContext) -> str:
    chunks = []
    async for chunk in narrate_all(analyst, contexts):
        run.sink(TextDelta(chunk))
        chunks.append(chunk)
    return "".join(chunks)


async def _answer_contexts(
    subquestions: Sequence[Subquestion], state: State, run: RunContext
) -> list[AnswerContext]:
    schema = await run.database.schema()
    return [
        AnswerContext(
            question=state["question"],
            intent=subquestion.intent,
            outcome=subquestion.outcome,
            schema=schema,
            memory=state.get("memory", Memory()),
            draft=subquestion.draft,
            rows=rows,
            setbacks=tuple(subquestion.setbacks),
            budget=run.budget,
        )
        for subquestion, rows in zip(subquestions, await _all_rows(subquestions, state, run), strict=True)
    ]


async def _all_rows(subquestions: Sequence[Subquestion], state: State, run: RunContext) -> list[Rows | None]:
    """Return the rows of each question; those lost during a wait for a person are read again."""
    all_rows = [*state.get("finished_rows", []), state.get("rows")]
    if len(all_rows) == len(subquestions):
        return [
            rows if subquestion.row_count is not None else None
            for subquestion, rows in zip(subquestions, all_rows, strict=True)
        ]
    target = await run.database.target()
    return [
        await rerun(subquestion.verdict, target, run.database.limits)
        if subquestion.row_count is not None and isinstance(subquestion.verdict, Approved)
        else None
        for subquestion in subquestions
    ]
