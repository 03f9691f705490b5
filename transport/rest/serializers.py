"""Serialize conversations and checkpoints as the threads and states that stock clients expect."""

from typing import Any
from uuid import UUID

from graph.runs.snapshots import PendingInterrupt, Snapshot
from store.conversations import Conversation


def thread_summary(conversation: Conversation) -> dict[str, Any]:
    """Serialize a conversation for a list."""
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


def thread_with_state(conversation: Conversation, snapshot: Snapshot, is_busy: bool) -> dict[str, Any]:
    """Serialize a conversation with its status, values and interrupts."""
    interrupts = [_interrupt(pending) for pending in snapshot.interrupts]
    return thread_summary(conversation) | {
        "status": "busy" if is_busy and not interrupts else "interrupted" if interrupts else "idle",
        "values": snapshot.values,
        "interrupts": {_task_id(snapshot): interrupts} if interrupts else {},
    }


def checkpoint_state(thread: UUID, snapshot: Snapshot) -> dict[str, Any]:
    """Serialize a checkpoint."""
    interrupts = [_interrupt(pending) for pending in snapshot.interrupts]
    return {
        "values": snapshot.values,
        "next": list(snapshot.next),
        "checkpoint": _checkpoint(thread, snapshot.checkpoint_id),
        "metadata": snapshot.metadata,
        "created_at": snapshot.created_at,
        "parent_checkpoint": _checkpoint(thread, snapshot.parent_id) if snapshot.parent_id else None,
        "tasks": [
            {
                "id": _task_id(snapshot),
                "name": name,
                "error": None,
                "interrupts": interrupts,
                "checkpoint": None,
                "state": None,
                "result": None,
            }
            for name in snapshot.next
        ],
        "interrupts": interrupts,
    }


def _interrupt(pending: PendingInterrupt) -> dict[str, Any]:
    return {"id": pending.id, "value": pending.payload}


def _task_id(snapshot: Snapshot) -> str:
    return ":".join((snapshot.checkpoint_id or "", *snapshot.next))


def _checkpoint(thread: UUID, id: str | None) -> dict[str, Any]:
    return {"thread_id": str(thread), "checkpoint_ns": "", "checkpoint_id": id, "checkpoint_map": None}
