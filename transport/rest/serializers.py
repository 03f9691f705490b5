"""Conversations as stock clients expect them, who call them threads."""

from typing import Any
from uuid import UUID

from graph.runs.snapshots import PendingInterrupt, Snapshot
from store.conversations import Conversation


def as_thread(conversation: Conversation) -> dict[str, Any]:
    """Show a conversation in a list."""
    return {
        "thread_id": str(conversation.id),
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
        "metadata": {
            "title": conversation.title,
            "database": conversation.database,
            "graph_id": "querent",
        },
    }


def as_whole_thread(conversation: Conversation, snapshot: Snapshot, busy: bool) -> dict[str, Any]:
    """Show a conversation with what it holds."""
    waiting = [_interrupt(pending) for pending in snapshot.interrupts]
    return as_thread(conversation) | {
        "status": "busy" if busy and not waiting else "interrupted" if waiting else "idle",
        "values": snapshot.values,
        "interrupts": {_task_id(snapshot): waiting} if waiting else {},
    }


def as_state(id: UUID, snapshot: Snapshot) -> dict[str, Any]:
    """Show a checkpoint."""
    waiting = [_interrupt(pending) for pending in snapshot.interrupts]
    return {
        "values": snapshot.values,
        "next": list(snapshot.next),
        "checkpoint": _checkpoint(id, snapshot.checkpoint_id),
        "metadata": snapshot.metadata,
        "created_at": snapshot.created_at,
        "parent_checkpoint": _checkpoint(id, snapshot.parent_id) if snapshot.parent_id else None,
        "tasks": [
            {
                "id": _task_id(snapshot),
                "name": name,
                "error": None,
                "interrupts": waiting,
                "checkpoint": None,
                "state": None,
                "result": None,
            }
            for name in snapshot.next
        ],
        "interrupts": waiting,
    }


def _interrupt(pending: PendingInterrupt) -> dict[str, Any]:
    return {"id": pending.id, "value": pending.payload}


def _task_id(snapshot: Snapshot) -> str:
    return ":".join((snapshot.checkpoint_id or "", *snapshot.next))


def _checkpoint(thread: UUID, id: str | None) -> dict[str, Any]:
    return {"thread_id": str(thread), "checkpoint_ns": "", "checkpoint_id": id, "checkpoint_map": None}
