"""What the nodes tell and keep: rows cut into pieces for the wire, the evidence card, the turn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.analyst import Draft, Intent, Outcome, Story, Turn
from agent.llm.budget import Purse
from graph.events import Context, Drafted, Evidence, RowsArrived, Used
from graph.state import Part
from schema_docs.search.results import Found
from store.access.approved_query import Approved
from store.rows import Rows, as_json
from store.runs.events import NewEvent

# A piece stays well below the wire's frame limit, and a page can draw it at once.
ROWS_A_PIECE = 100


def pages_of(rows: Rows, part: int = 1) -> Iterator[RowsArrived]:
    """Cut a result into pieces; an empty one is still one piece, with its columns."""
    columns = tuple({"name": column.name, "kind": column.kind} for column in rows.columns)
    for offset in range(0, max(len(rows), 1), ROWS_A_PIECE):
        piece = rows.values[offset : offset + ROWS_A_PIECE]
        yield RowsArrived(
            columns=columns,
            rows=tuple(tuple(as_json(value) for value in row) for row in piece),
            offset=offset,
            final=offset + ROWS_A_PIECE >= len(rows),
            truncated=rows.truncated,
            ms=round(rows.ms, 1),
            part=part,
        )


def context_of(question: str, found: Found) -> Context:
    """Tell what the map gave for a question."""
    return Context(
        question=question,
        tables=tuple(page.table for page in found.pages),
        values=tuple({"column": f"{hit.table}.{hit.column}", "value": hit.value} for hit in found.values),
        map_version=found.version,
    )


def drafted(draft: Draft, analyst: str, round: int) -> Drafted:
    """Tell of a draft; who wrote it is the one who answers, unless it says otherwise."""
    return Drafted(
        draft.sql, draft.reading, draft.assumptions, draft.confidence, draft.analyst or analyst, round
    )


def evidence_of(
    parts: Sequence[Part], stories: Sequence[Story], found: Found | None, analyst: str
) -> Evidence:
    """Say why the answer is what it is."""
    part, story = parts[-1], stories[-1]
    draft, rows, agreement = part.draft, story.rows, part.agreement
    approved = part.verdict if isinstance(part.verdict, Approved) else None
    voted = agreement is not None and agreement.drafts > 1
    assumed = (*story.intent.assumptions, *(draft.assumptions if draft else ()))
    return Evidence(
        question=story.intent.question if len(parts) == 1 else story.question,
        outcome=outcome_of_all(stories),
        sql=approved.shown_sql if approved else None,
        reading=draft.reading if draft else "",
        assumptions=tuple(dict.fromkeys(assumed)),
        tables=approved.shown_tables if approved else (),
        policy=approved.policy if approved else None,
        values=tuple(
            {"column": f"{hit.table}.{hit.column}", "value": hit.value, "words": hit.words}
            for hit in (found.values if found else ())
        ),
        row_count=len(rows) if rows is not None else None,
        truncated=rows.truncated if rows is not None else False,
        rounds=part.round,
        analyst=(draft.analyst if draft else "") or analyst,
        map_version=story.schema.version,
        confidence=_confidence(part) if approved else None,
        votes=agreement.votes if agreement and voted else None,
        drafts=agreement.drafts if agreement and voted else None,
        prompt=draft.prompt if draft else "",
        parts=tuple(map(_part, parts)) if len(parts) > 1 else (),
    )


def _confidence(part: Part) -> float | None:
    """Drafts that agree say more than what one of them thinks of itself."""
    if part.agreement is not None and part.agreement.drafts > 1:
        return round(part.agreement.votes / part.agreement.drafts, 2)
    return part.draft.confidence if part.draft else None


def _part(part: Part) -> dict[str, Any]:
    approved = part.verdict if isinstance(part.verdict, Approved) else None
    return {
        "question": part.intent.question,
        "outcome": part.outcome,
        "sql": approved.shown_sql if approved else None,
        "row_count": part.row_count,
    }


def outcome_of_all(stories: Sequence[Story]) -> Outcome:
    """One outcome for a turn: answered, as soon as one of its questions is."""
    outcomes = [story.outcome for story in stories]
    return "answered" if "answered" in outcomes else outcomes[-1]


def spent_of(purse: Purse) -> Used | None:
    """Tell what language models took; None where none was called."""
    if not purse.calls:
        return None
    money = None if purse.unpriced else round(purse.money, 6)
    return Used(purse.calls, purse.input_tokens, purse.output_tokens, money, dict(purse.models))


def turn_of(question: str, stories: Sequence[Story], reply: str) -> Turn:
    """What the conversation remembers of a turn."""
    turns = tuple(_turn(story, "") for story in stories)
    if len(turns) == 1:
        return replace(turns[0], reply=reply)
    return replace(
        turns[-1],
        question=question,
        standalone=question,
        reply=reply,
        outcome=outcome_of_all(stories),
        parts=turns,
    )


def _turn(story: Story, reply: str) -> Turn:
    draft, rows = story.draft, story.rows
    return Turn(
        question=story.question,
        standalone=story.intent.question,
        reply=reply,
        outcome=story.outcome,
        sql=draft.sql if draft else None,
        plan=draft.plan if draft else story.intent.note,
        shape=tuple(column.name for column in rows.columns) if rows is not None else (),
        row_count=len(rows) if rows is not None else None,
    )


# Plain, small, and nothing that has an event of its own.
PLAIN = ("clarified", "outcome", "row_count")


def left_behind(update: Mapping[str, Any]) -> dict[str, Any]:
    """What a step left behind, as far as it is plain and small."""
    values: dict[str, Any] = {name: update[name] for name in PLAIN if update.get(name) is not None}
    if isinstance(intent := update.get("intent"), Intent):
        values["kind"] = intent.kind
    if isinstance(draft := update.get("draft"), Draft):
        values["sql"] = draft.sql
    return values


def values_of(turn: Turn) -> NewEvent:
    """The turn as a whole, for who wants no stream."""
    return NewEvent(
        "values",
        {
            "question": turn.question,
            "answer": turn.reply,
            "outcome": turn.outcome,
            "sql": turn.sql,
            "columns": list(turn.shape),
            "row_count": turn.row_count,
        },
    )
