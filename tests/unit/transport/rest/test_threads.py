"""Bodies of thread requests, as they are read."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pydantic import BaseModel, ValidationError

from graph.runs.snapshots import PendingInterrupt, Snapshot
from store.conversations import Conversation
from transport.rest.threads import (
    MAX_STATES,
    HistoryLimit,
    ThreadCreate,
    ThreadSearch,
    ThreadUpdate,
    checkpoint_state,
    thread_summary,
    thread_with_state,
)


def test_metadata_of_other_clients_is_passed_over() -> None:
    body = ThreadCreate.model_validate({"metadata": {"title": " Pets ", "graph_id": "querent", "x": 1}})
    assert (body.metadata.title, body.metadata.database) == ("Pets", None)


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (ThreadCreate, {"thread_id": "mine"}),
        (ThreadCreate, {"database": ""}),
        (ThreadUpdate, {"metadata": {"title": "a\0b"}}),
        (ThreadUpdate, {}),
        (ThreadSearch, {"limit": -1}),
        (HistoryLimit, {"limit": MAX_STATES + 1}),
    ],
)
def test_what_does_not_fit_is_refused(model: type[BaseModel], body: object) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)


NOW = datetime(2026, 11, 21, tzinfo=UTC)
CONVERSATION = Conversation(uuid4(), "local", "pets", "Old pets", NOW, NOW)
IDLE = Snapshot({"answer": "4"}, (), (), "c-2", "c-1", None, {})
WAITING = replace(IDLE, next=("analyze",), interrupts=(PendingInterrupt("i", {"kind": "clarify"}),))


def test_a_thread_names_its_database_and_title() -> None:
    metadata = thread_summary(CONVERSATION)["metadata"]
    assert metadata == {"title": "Old pets", "database": "pets", "graph_id": "querent"}


@pytest.mark.parametrize(
    ("snapshot", "is_busy", "status"),
    [(IDLE, False, "idle"), (IDLE, True, "busy"), (WAITING, True, "interrupted")],
)
def test_a_thread_that_waits_for_a_person_is_interrupted(
    snapshot: Snapshot, is_busy: bool, status: str
) -> None:
    assert thread_with_state(CONVERSATION, snapshot, is_busy)["status"] == status


def test_a_state_has_a_task_for_each_node_that_is_next() -> None:
    state = checkpoint_state(CONVERSATION.id, WAITING)
    assert [task["name"] for task in state["tasks"]] == ["analyze"]
    assert state["interrupts"] == [{"id": "i", "value": {"kind": "clarify"}}]
    assert state["parent_checkpoint"]["checkpoint_id"] == "c-1"
