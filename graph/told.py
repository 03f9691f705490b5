"""What a turn tells besides its named events: what each step left behind, and the turn as a whole."""

from collections.abc import Mapping
from typing import Any

from agent.analyst import Draft, Intent, Turn
from store.event_batches import NewEvent

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
