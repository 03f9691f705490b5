"""Consistency checks: compare each conversation in the store with the events its viewers received."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from benchmarks.chaos.client import SimulatedUser
from benchmarks.chaos.viewer import Viewer

END_STATUSES = {"completed", "failed", "cancelled", "interrupted"}
RUNS = "SELECT id, status, attempt, question FROM runs WHERE conversation_id = %s ORDER BY created_at"
OPEN_RUNS = "SELECT count(*) FROM runs WHERE status IN ('queued', 'running')"
EVENTS = "SELECT seq, run_id, channel, payload FROM run_events WHERE conversation_id = %s ORDER BY seq"


@dataclass(frozen=True)
class RunRow:
    """A row of the table `runs`."""

    id: UUID
    status: str
    attempt: int
    question: str


@dataclass(frozen=True)
class EventRow:
    """A row of the table `run_events`."""

    seq: int
    run_id: UUID
    channel: str
    payload: Any


@dataclass(frozen=True)
class ConversationRecord:
    """A conversation in the store: its runs and its event log."""

    thread: str
    runs: Sequence[RunRow]
    events: Sequence[EventRow]

    @property
    def open_runs(self) -> int:
        return sum(run.status in ("queued", "running") for run in self.runs)


def read_record(store_url: str, thread: str) -> ConversationRecord:
    """Read a conversation over a direct connection, without the proxy."""
    with psycopg.connect(store_url, row_factory=dict_row) as connection:
        runs = connection.execute(
            RUNS,
            [thread],
        ).fetchall()
        events = connection.execute(
            EVENTS,
            [thread],
        ).fetchall()
    return ConversationRecord(
        thread, [RunRow(**run) for run in runs], [EventRow(**event) for event in events]
    )


def count_open(store_url: str) -> int:
    """Count the runs that have not ended."""
    with psycopg.connect(store_url) as connection:
        row = connection.execute(OPEN_RUNS).fetchone()
    return row[0] if row else 0


def find_violations(record: ConversationRecord, user: SimulatedUser, viewers: Sequence[Viewer]) -> list[str]:
    """Describe every violation of the consistency rules."""
    return [
        f"{record.thread}: {violation}"
        for violation in (*_check_log(record), *_check_runs(record, user), *_check_viewers(record, viewers))
    ]


def _check_log(record: ConversationRecord) -> Iterator[str]:
    if [event.seq for event in record.events] != list(range(1, len(record.events) + 1)):
        yield "the log has a gap or a duplicate"
    for run in record.runs:
        events = [event for event in record.events if event.run_id == run.id]
        ends = [nth for nth, event in enumerate(events, 1) if _is_end(event)]
        if run.status in END_STATUSES and ends != [len(events)]:
            yield f"a {run.status} run has its ends at {ends} of {len(events)} events"
        if run.status == "completed" and len(_answers(events)) != 1:
            yield f"a completed run has {len(_answers(events))} different answers"


def _check_runs(record: ConversationRecord, user: SimulatedUser) -> Iterator[str]:
    for run in record.runs:
        if run.status not in END_STATUSES:
            yield f"a run is still {run.status}"
    for question, times in Counter(run.question for run in record.runs).items():
        if times != 1:
            yield f"a question became {times} runs"
        if question not in user.questions:
            yield "a run answers a question that was not asked"
    yield from user.violations


def _check_viewers(record: ConversationRecord, viewers: Sequence[Viewer]) -> Iterator[str]:
    for viewer in viewers:
        yield from viewer.violations
        if len(viewer.frames) != len(record.events):
            yield f"a viewer received {len(viewer.frames)} of {len(record.events)} events"
        if viewer.frames != viewers[0].frames:
            yield "two viewers received different events"


def _is_end(event: EventRow) -> bool:
    return event.channel == "lifecycle" and event.payload["event"] in END_STATUSES


def _answers(events: Sequence[EventRow]) -> set[str]:
    return {str(event.payload) for event in events if event.channel == "values"}
