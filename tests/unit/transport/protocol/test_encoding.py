import json
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import uuid4

import pytest
from langchain_protocol.protocol import AgentStatus, ErrorCode

from store.runs.events import LoggedEvent, NewEvent, numbered, pack
from transport.protocol.encoding import METHODS, as_text, encode_event, event_as_text, failure
from transport.protocol.errors import KINDS, Fault


def logged(channel: str, payload: Any, name: str | None = None) -> LoggedEvent:
    return LoggedEvent(4, uuid4(), channel, payload, name, datetime(2026, 11, 21, tzinfo=UTC))


def life(event: str, **more: Any) -> Any:
    encoded = encode_event(logged("lifecycle", {"event": event, "run_id": "r", **more}))
    return encoded["params"]["data"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("running", "running"),
        ("recovered", "running"),
        ("interrupted", "interrupted"),
        ("completed", "completed"),
        ("failed", "failed"),
        ("cancelled", "failed"),
    ],
)
def test_every_status_of_a_run_is_one_of_the_protocol_s(ours: str, theirs: str) -> None:
    told = life(ours)
    assert (told["event"], told["status"]) == (theirs, ours)
    assert told["event"] in _words_of(AgentStatus)


def test_a_stopped_run_says_that_it_was_stopped() -> None:
    assert life("cancelled")["error"] == "The question was stopped."


def test_a_question_to_the_asker_is_read_by_both_stock_clients() -> None:
    encoded = encode_event(logged("input", {"interrupt_id": "i", "payload": {"kind": "clarify"}}))
    assert encoded["method"] == "input.requested"
    assert encoded["params"]["data"]["payload"] == encoded["params"]["data"]["value"] == {"kind": "clarify"}


def test_our_own_events_carry_their_name() -> None:
    encoded = encode_event(logged("custom", {"node": "answer"}, "step"))
    assert encoded["params"]["data"] == {"name": "step", "payload": {"node": "answer"}}
    assert encoded["params"]["timestamp"] == 1_795_219_200_000


def test_half_a_character_in_a_value_can_be_sent() -> None:
    text = as_text(encode_event(logged("custom", {"text": "\ud83d ü"}, "rows")))
    assert text.encode()
    assert json.loads(text)["params"]["data"]["payload"]["text"] == "\ud83d ü"


def test_every_fault_goes_by_a_name_of_the_protocol() -> None:
    known = _words_of(ErrorCode)
    for code in KINDS:
        frame = failure(None, Fault(code, "No."))
        assert frame["error"] in known
        assert frame["code"] == code


def _words_of(choice: Any) -> set[str]:
    """Give the words of a union of literals, each of one word."""
    return {get_args(literal)[0] for literal in get_args(choice)}


@pytest.mark.parametrize("channel", METHODS)
@pytest.mark.parametrize("name", [None, "rows", 'a "name"'])
def test_an_event_that_was_just_written_is_sent_as_one_that_was_read(channel: str, name: str | None) -> None:
    payload = {"event": "cancelled", "payload": {"ü": ["\ud83d", 1.0, 1e22, None, True]}, "text": '"\n'}
    events = [NewEvent(channel, payload, name)]
    [event] = numbered(uuid4(), 6, datetime.now(UTC), events, pack(events).texts)
    assert event.text is not None
    assert event_as_text(event) == as_text(encode_event(event))
