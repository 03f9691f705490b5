"""Sentences that need no model: how a turn ended, in words that are always true."""

from agent.analyst import Setback, Story
from store.rows import Rows, as_json

REFUSED = "I only read from the database; I never add, change or remove anything in it."
NOT_RUN = "The query was not run, as you decided. Nothing was read."
UNCLEAR = "I am not sure what you mean. Could you say it in other words?"
CHATTED = "I answer questions about the data in this database. What would you like to know?"
EMPTY = "No row matches that question."
FAILED = "I could not write a query that answers this."

WHY_FAILED = {
    "timeout": "The query took longer than it may. A narrower question may work.",
    "permission": "The database does not let me read what is needed to answer this.",
    "rejected": "What I tried may not run here: {reason}",
}  # fmt: skip


def closing_words(story: Story) -> str:
    """Say how a turn ended that brought nothing to put into words."""
    intent = story.intent
    match story.outcome:
        case "refused":
            return NOT_RUN if intent.kind == "data" else intent.reply or REFUSED
        case "unclear":
            return "\n".join([intent.reply or UNCLEAR, *(f"- {choice}" for choice in intent.choices)])
        case "chatted":
            return intent.reply or CHATTED
        case _:
            return _why_failed(story.setbacks)


def rows_without_a_model(rows: Rows) -> str:
    """Say what came back, from its shape alone."""
    if not len(rows):
        return EMPTY
    if len(rows) == 1 and len(rows.columns) == 1:
        return f"{rows.columns[0].name}: {as_json(rows.values[0][0])}"
    return "The answer is one row." if len(rows) == 1 else f"The answer is {len(rows):,} rows."


def cut_off(rows: Rows) -> str:
    """Say that there is more than was fetched."""
    return f"These are only the first {len(rows):,} rows; there are more."


def _why_failed(setbacks: tuple[Setback, ...]) -> str:
    """Name the reason where it is ours or the guard's; an engine's own words stay inside."""
    if not setbacks:
        return FAILED
    last = setbacks[-1]
    tries = f"I tried {len(setbacks)} queries, and none would do." if len(setbacks) > 1 else FAILED
    why = WHY_FAILED.get(last.kind, "").format(reason=last.reason)
    return f"{tries} {why}".strip()
