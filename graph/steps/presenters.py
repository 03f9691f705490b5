"""Presenters: turn values of the graph into events, evidence, stored turns and the `values` of a turn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.analyst import AnswerContext, Draft, Intent, Outcome, Turn
from agent.llm.budget import LlmBudget
from graph.events import DraftWritten, Evidence, RetrievedContext, RowBatch, Usage
from graph.state import Subquestion
from schema_docs.search.results import SearchResult
from store.access.approved_query import Approved
from store.rows import Rows, as_json
from store.runs.events import NewEvent

# A batch stays well below the frame limit of the wire, and a client can render it at once.
ROWS_PER_BATCH = 100


def row_batches(rows: Rows, part: int = 1) -> Iterator[RowBatch]:
    """Split a result into batches; an empty result is one batch with its columns."""
    columns = tuple({"name": column.name, "kind": column.kind} for column in rows.columns)
    for offset in range(0, max(len(rows), 1), ROWS_PER_BATCH):
        values = rows.values[offset : offset + ROWS_PER_BATCH]
        yield RowBatch(
            columns=columns,
            rows=tuple(tuple(as_json(value) for value in row) for row in values),
            offset=offset,
            final=offset + ROWS_PER_BATCH >= len(rows),
            truncated=rows.truncated,
            ms=round(rows.ms, 1),
            part=part,
        )


def context_event(question: str, retrieval: SearchResult) -> RetrievedContext:
    """Build the event about the retrieved schema context."""
    return RetrievedContext(
        question=question,
        tables=tuple(page.table for page in retrieval.documents),
        values=tuple({"column": f"{hit.table}.{hit.column}", "value": hit.value} for hit in retrieval.values),
        map_version=retrieval.version,
    )


def draft_event(draft: Draft, analyst: str, round: int) -> DraftWritten:
    """Build the event about a draft; its author is `analyst` unless the draft names another."""
    return DraftWritten(
        draft.sql, draft.reading, draft.assumptions, draft.confidence, draft.analyst or analyst, round
    )


def build_evidence(
    subquestions: Sequence[Subquestion],
    contexts: Sequence[AnswerContext],
    retrieval: SearchResult | None,
    analyst: str,
) -> Evidence:
    """Build the provenance of the answer; with several questions, mostly that of the last."""
    last, context = subquestions[-1], contexts[-1]
    draft, rows, agreement = last.draft, context.rows, last.agreement
    approved = last.verdict if isinstance(last.verdict, Approved) else None
    voted = agreement is not None and agreement.drafts > 1
    assumptions = (*context.intent.assumptions, *(draft.assumptions if draft else ()))
    return Evidence(
        question=context.intent.question if len(subquestions) == 1 else context.question,
        outcome=combined_outcome(contexts),
        sql=approved.display_sql if approved else None,
        reading=draft.reading if draft else "",
        assumptions=tuple(dict.fromkeys(assumptions)),
        tables=approved.display_tables if approved else (),
        policy=approved.policy if approved else None,
        values=tuple(
            {"column": f"{hit.table}.{hit.column}", "value": hit.value, "words": hit.phrase}
            for hit in (retrieval.values if retrieval else ())
        ),
        row_count=len(rows) if rows is not None else None,
        truncated=rows.truncated if rows is not None else False,
        rounds=last.round,
        analyst=(draft.analyst if draft else "") or analyst,
        map_version=context.schema.version,
        confidence=_confidence(last) if approved else None,
        votes=agreement.votes if agreement and voted else None,
        drafts=agreement.drafts if agreement and voted else None,
        prompt=draft.prompt_version if draft else "",
        parts=tuple(map(_part, subquestions)) if len(subquestions) > 1 else (),
    )


def _confidence(subquestion: Subquestion) -> float | None:
    """Agreement between drafts is better evidence than the confidence of one of them."""
    agreement = subquestion.agreement
    if agreement is not None and agreement.drafts > 1:
        return round(agreement.votes / agreement.drafts, 2)
    return subquestion.draft.confidence if subquestion.draft else None


def _part(subquestion: Subquestion) -> dict[str, Any]:
    approved = subquestion.verdict if isinstance(subquestion.verdict, Approved) else None
    return {
        "question": subquestion.intent.question,
        "outcome": subquestion.outcome,
        "sql": approved.display_sql if approved else None,
        "row_count": subquestion.row_count,
    }


def combined_outcome(contexts: Sequence[AnswerContext]) -> Outcome:
    """Return one outcome for a turn: answered as soon as one of its questions is."""
    outcomes = [context.outcome for context in contexts]
    return "answered" if "answered" in outcomes else outcomes[-1]


def usage_event(budget: LlmBudget) -> Usage | None:
    """Build the event about language model usage; None if no model was called."""
    if not budget.calls:
        return None
    cost = None if budget.unpriced_calls else round(budget.cost, 6)
    return Usage(budget.calls, budget.input_tokens, budget.output_tokens, cost, dict(budget.models))


def build_turn(question: str, contexts: Sequence[AnswerContext], reply: str) -> Turn:
    """Build the turn as the conversation stores it."""
    turns = tuple(_turn(context, "") for context in contexts)
    if len(turns) == 1:
        return replace(turns[0], reply=reply)
    return replace(
        turns[-1],
        question=question,
        standalone=question,
        reply=reply,
        outcome=combined_outcome(contexts),
        parts=turns,
    )


def _turn(context: AnswerContext, reply: str) -> Turn:
    draft, rows = context.draft, context.rows
    return Turn(
        question=context.question,
        standalone=context.intent.question,
        reply=reply,
        outcome=context.outcome,
        sql=draft.sql if draft else None,
        plan=draft.plan if draft else context.intent.choice_plans,
        result_columns=tuple(column.name for column in rows.columns) if rows is not None else (),
        row_count=len(rows) if rows is not None else None,
    )


# Scalar fields of an update that no event of their own reports.
SCALAR_FIELDS = ("clarified", "outcome", "row_count")


def summarize_update(update: Mapping[str, Any]) -> dict[str, Any]:
    """Return the small scalar values of a step's update, for its progress event."""
    values: dict[str, Any] = {name: update[name] for name in SCALAR_FIELDS if update.get(name) is not None}
    if isinstance(intent := update.get("intent"), Intent):
        values["kind"] = intent.kind
    if isinstance(draft := update.get("draft"), Draft):
        values["sql"] = draft.sql
    return values


def turn_values(turn: Turn) -> dict[str, Any]:
    """Serialize a turn for clients."""
    return {
        "question": turn.question,
        "answer": turn.reply,
        "outcome": turn.outcome,
        "sql": turn.sql,
        "columns": list(turn.result_columns),
        "row_count": turn.row_count,
    }


def values_event(turn: Turn) -> NewEvent:
    """Build the event with the whole turn, for clients that do not follow the stream."""
    return NewEvent("values", turn_values(turn))
