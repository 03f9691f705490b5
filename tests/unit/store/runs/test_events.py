"""Event batches: packing, numbering and unpacking."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from store.runs.events import (
    MAX_BATCH_BYTES,
    LoggedEvent,
    NewEvent,
    number_events,
    pack_events,
    unpack_events,
)

NOW, RUN = datetime.now(UTC), uuid4()


def read_again(events: list[NewEvent], before: int, since: int) -> list[LoggedEvent]:
    packed = pack_events(events)
    rows = [{"base_seq": before, "run_id": RUN, "created_at": NOW, "events": body} for body in packed.bodies]
    return [event for row in rows for event in unpack_events(row, since)]


def test_what_is_packed_is_unpacked_with_its_numbers() -> None:
    events = [NewEvent("custom", {"text": "\0 \ud800 é"}, "step"), NewEvent("values", [1, None])]
    assert read_again(events, 7, 0) == number_events(RUN, 7, NOW, events, pack_events(events).texts)


def test_only_what_is_new_is_unpacked() -> None:
    events = [NewEvent("custom", nth) for nth in range(5)]
    assert [event.seq for event in read_again(events, 10, 13)] == [14, 15]


def test_a_large_batch_becomes_several_rows_that_say_where_each_ends() -> None:
    events = [NewEvent("custom", "x" * (MAX_BATCH_BYTES // 3)) for _ in range(7)]
    packed = pack_events(events)
    assert packed.last_positions == [2, 4, 6, 7]
    assert [len(json.loads(body)) for body in packed.bodies] == [2, 2, 2, 1]
    assert [event.seq for event in read_again(events, 0, 0)] == list(range(1, 8))


def test_an_event_larger_than_a_row_has_a_row_of_its_own() -> None:
    packed = pack_events([NewEvent("a", 1), NewEvent("b", "x" * 2 * MAX_BATCH_BYTES), NewEvent("c", 2)])
    assert packed.last_positions == [1, 2, 3]


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack_events([NewEvent("values", float("inf"))])
