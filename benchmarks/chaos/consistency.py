"""What the store holds of a conversation at the end, and whether everybody was told just that."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from benchmarks.chaos.client import Asker
from benchmarks.chaos.viewer import Viewer

ENDS = {"completed", "failed", "cancelled", "interrupted"}
RUNS = "SELECT id, status, attempt, question FROM runs WHERE conversation_id = %s ORDER BY created_at"
OPEN = "SELECT count(*) FROM runs WHERE status IN ('queued', 'running')"
EVENTS = "SELECT seq, run_id, channel, payload FROM run_events WHERE conversation_id = %s ORDER BY seq"


@dataclass(frozen=True)
class RunRow:
    """A run as the ledger has it."""

    id: UUID
    status: str
    attempt: int
    question: str


@dataclass(frozen=True)
class EventRow:
    """An event as the log has it."""

    seq: int
    run_id: UUID
    channel: str
    payload: Any


@dataclass(frozen=True)
class Record:
    """A conversation: its runs, its log, and how many turns it remembers."""

    thread: str
    runs: Sequence[RunRow]
    events: Sequence[EventRow]

    @property
    def open_runs(self) -> int:
        return sum(run.status in ("queued", "running") for run in self.runs)


def read_record(store_url: str, thread: str) -> Record:
    """Read it without the weather."""
    with psycopg.connect(store_url, row_factory=dict_row) as connection:
        runs = connection.execute(
            "SELECT id, status, attempt, question FROM runs WHERE conversation_id = %s ORDER BY created_at",
            [thread],
        ).fetchall()
        events = connection.execute(
            "SELECT seq, run_id, channel, payload FROM run_events WHERE conversation_id = %s ORDER BY seq",
            [thread],
        ).fetchall()
    return Record(thread, [RunRow(**run) for run in runs], [EventRow(**event) for event in events])


def count_open(store_url: str) -> int:
    """How many runs have not ended."""
    with psycopg.connect(store_url) as connection:
        found = connection.execute(OPEN).fetchone()
    return found[0] if found else 0


def faults_of(record: Record, asker: Asker, viewers: Sequence[Viewer]) -> list[str]:
    """Everything that may not be, in words."""
    return [
        f"{record.thread}: {fault}"
        for fault in (*_of_log(record), *_of_runs(record, asker), *_of_viewers(record, viewers))
    ]


def _of_log(record: Record) -> Iterator[str]:
    if [event.seq for event in record.events] != list(range(1, len(record.events) + 1)):
        yield "the log has a gap or a double"
    for run in record.runs:
        told = [event for event in record.events if event.run_id == run.id]
        ends = [nth for nth, event in enumerate(told, 1) if _ends(event)]
        if run.status in ENDS and ends != [len(told)]:
            yield f"a {run.status} run has its ends at {ends} of {len(told)} events"
        if run.status == "completed" and len(_answers(told)) != 1:
            yield f"a completed run has {len(_answers(told))} different answers"


def _of_runs(record: Record, asker: Asker) -> Iterator[str]:
    for run in record.runs:
        if run.status not in ENDS:
            yield f"a run is still {run.status}"
    for question, times in Counter(run.question for run in record.runs).items():
        if times != 1:
            yield f"a question became {times} runs"
        if question not in asker.asked:
            yield "a run answers what nobody asked"
    yield from asker.faults


def _of_viewers(record: Record, viewers: Sequence[Viewer]) -> Iterator[str]:
    for viewer in viewers:
        yield from viewer.faults
        if len(viewer.told) != len(record.events):
            yield f"a viewer was told {len(viewer.told)} of {len(record.events)} events"
        if viewer.told != viewers[0].told:
            yield "two viewers were told different things"


def _ends(event: EventRow) -> bool:
    return event.channel == "lifecycle" and event.payload["event"] in ENDS


def _answers(events: Sequence[EventRow]) -> set[str]:
    return {str(event.payload) for event in events if event.channel == "values"}
