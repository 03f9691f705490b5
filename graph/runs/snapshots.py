"""Snapshots of a conversation's state for clients: JSON-safe values and pending interrupts."""

from dataclasses import dataclass
from typing import Any

from langgraph.types import StateSnapshot

from agent.analyst import Memory
from graph.steps.presenters import turn_values


@dataclass(frozen=True, slots=True)
class PendingInterrupt:
    """A request to the user that has not been answered yet."""

    id: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One checkpoint. `values` is JSON-safe; `next` names the nodes that would run next."""

    values: dict[str, Any]
    next: tuple[str, ...]
    interrupts: tuple[PendingInterrupt, ...]
    checkpoint_id: str | None
    parent_id: str | None
    created_at: str | None
    metadata: dict[str, Any]


def snapshot_of(state: StateSnapshot) -> Snapshot:
    """Convert a checkpoint."""
    return Snapshot(
        values=_values(state.values),
        next=tuple(state.next),
        interrupts=tuple(PendingInterrupt(interrupt.id, interrupt.value) for interrupt in state.interrupts),
        checkpoint_id=_checkpoint_id(state.config),
        parent_id=_checkpoint_id(state.parent_config),
        created_at=state.created_at,
        metadata={
            key: value for key, value in (state.metadata or {}).items() if key in ("source", "step", "run")
        },
    )


def _values(state: dict[str, Any]) -> dict[str, Any]:
    """All turns, with the last one's fields at the top level, where stock clients look for them."""
    if not state:
        return {}
    turns = [turn_values(turn) for turn in state.get("memory", Memory()).turns]
    last = turns[-1] if turns else {}
    return {
        "question": state.get("question"),
        "database": state.get("database"),
        "answer": last.get("answer"),
        "outcome": last.get("outcome"),
        "sql": last.get("sql"),
        "turns": turns,
    }


def _checkpoint_id(config: Any) -> str | None:
    checkpoint_id = (config or {}).get("configurable", {}).get("checkpoint_id")
    return str(checkpoint_id) if checkpoint_id else None
