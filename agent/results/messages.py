"""Canned user messages: outcomes that are worded by code, never by a model."""

from agent.analyst import AnswerContext, Setback
from store.rows import Rows, as_json

REFUSED = "I only read from the database; I never add, change or remove anything in it."
NOT_RUN = "As you decided, the query was not run and nothing was read."
UNCLEAR = "I am not sure what you mean. Could you rephrase the question?"
SMALL_TALK = "I answer questions about the data in this database. What would you like to know?"
EMPTY = "No rows match that question."
FAILED = "I could not write a query that answers this."

FAILURE_REASONS = {
    "timeout": "The query timed out. A narrower question may work.",
    "permission": "The database user lacks the permission to read the data this needs.",
    "rejected": "The last query was not allowed: {reason}",
}  # fmt: skip


def closing_text(context: AnswerContext) -> str:
    """Word a turn that ended without a result: a refusal, a clarification, small talk or a failure."""
    intent = context.intent
    match context.outcome:
        case "refused":
            return NOT_RUN if intent.kind == "data" else intent.reply or REFUSED
        case "unclear":
            return "\n".join([intent.reply or UNCLEAR, *(f"- {choice}" for choice in intent.choices)])
        case "small_talk":
            return intent.reply or SMALL_TALK
        case _:
            return _failure_text(context.setbacks)


def describe_rows(rows: Rows) -> str:
    """Describe a result by its dimensions alone, without a model."""
    if not len(rows):
        return EMPTY
    if len(rows) == 1 and len(rows.columns) == 1:
        return f"{rows.columns[0].name}: {as_json(rows.values[0][0])}"
    return "The answer is one row." if len(rows) == 1 else f"The answer is {len(rows):,} rows."


def truncation_notice(rows: Rows) -> str:
    """Say that the row limit was reached."""
    return f"These are only the first {len(rows):,} rows; there are more."


def _failure_text(setbacks: tuple[Setback, ...]) -> str:
    """Name the reason if it is a limit or the guard's; a database's own error text is never shown."""
    if not setbacks:
        return FAILED
    last = setbacks[-1]
    summary = f"I tried {len(setbacks)} queries, and none of them worked." if len(setbacks) > 1 else FAILED
    reason = FAILURE_REASONS.get(last.kind, "").format(reason=last.reason)
    return f"{summary} {reason}".strip()
