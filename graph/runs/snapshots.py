"""A conversation's state as others may see it: plain values, and what it waits for."""

from dataclasses import dataclass
from typing import Any

from langgraph.types import StateSnapshot

from agent.analyst import Memory


@dataclass(frozen=True, slots=True)
class PendingInterrupt:
    """A question to the asker that nobody has answered yet."""

    id: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One checkpoint. `values` is JSON-safe; `next` names the nodes that would run."""

    values: dict[str, Any]
    next: tuple[str, ...]
    interrupts: tuple[PendingInterrupt, ...]
    checkpoint_id: str | None
    parent_id: str | None
    created_at: str | None
    metadata: dict[str, Any]


def snapshot_of(state: StateSnapshot) -> Snapshot:
    """Show a checkpoint."""
    return Snapshot(
        values=_values(state.values),
        next=tuple(state.next),
        interrupts=tuple(PendingInterrupt(waiting.id, waiting.value) for waiting in state.interrupts),
        checkpoint_id=_id_in(state.config),
        parent_id=_id_in(state.parent_config),
        created_at=state.created_at,
        metadata={
            key: value for key, value in (state.metadata or {}).items() if key in ("source", "step", "run")
        },
    )


def _values(values: dict[str, Any]) -> dict[str, Any]:
    """The turns, and the last one's fields at the top, where a stock client looks for them."""
    if not values:
        return {}
    turns = values.get("memory", Memory()).turns
    last = turns[-1] if turns else None
    return {
        "question": values.get("question"),
        "database": values.get("database"),
        "answer": last.reply if last else None,
        "outcome": last.outcome if last else None,
        "sql": last.sql if last else None,
        "turns": [
            {
                "question": turn.question,
                "answer": turn.reply,
                "outcome": turn.outcome,
                "sql": turn.sql,
                "columns": list(turn.shape),
                "row_count": turn.row_count,
            }
            for turn in turns
        ],
    }


def _id_in(config: Any) -> str | None:
    configurable = (config or {}).get("configurable", {})
    found = configurable.get("checkpoint_id")
    return str(found) if found else None
