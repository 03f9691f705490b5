import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import uuid4

import pytest
from langchain_protocol.protocol import AgentStatus, ErrorCode

from store.runs.events import LoggedEvent, NewEvent, number_events, pack_events
from transport.protocol.encoding import METHODS, encode_event, encode_event_text, encode_frame, error_reply
from transport.protocol.errors import ERROR_MAPPINGS, ApiError

QUESTION = {"kind": "clarify", "question": "Which?", "choices": ("a", "b"), "default": "a"}


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
    assert life("cancelled")["error"] == "The question was cancelled."


def test_a_question_to_the_asker_is_read_by_both_stock_clients() -> None:
    encoded = encode_event(logged("input", {"interrupt_id": "i", "payload": QUESTION}))
    assert encoded["method"] == "input.requested"
    assert encoded["params"]["data"]["payload"] == encoded["params"]["data"]["value"] == QUESTION


def test_our_own_events_carry_their_name() -> None:
    encoded = encode_event(logged("custom", {"node": "answer"}, "step"))
    assert encoded["params"]["data"] == {"name": "step", "payload": {"node": "answer"}}
    assert encoded["params"]["timestamp"] == 1_795_219_200_000


def test_half_a_character_in_a_value_can_be_sent() -> None:
    text = encode_frame(encode_event(logged("custom", {"text": "\ud83d ü"}, "rows")))
    assert text.encode()
    assert json.loads(text)["params"]["data"]["payload"]["text"] == "\ud83d ü"


def test_every_fault_goes_by_a_name_of_the_protocol() -> None:
    known = _words_of(ErrorCode)
    for code in ERROR_MAPPINGS:
        frame = error_reply(None, ApiError(code, "No."))
        assert frame["error"] in known
        assert frame["code"] == code


def _words_of(choice: Any) -> set[str]:
    """Give the words of a union of literals, each of one word."""
    return {get_args(literal)[0] for literal in get_args(choice)}


PAYLOADS: dict[str, Any] = {
    "lifecycle": {"event": "cancelled", "run_id": "r"},
    "messages": {"phase": "text", "text": '"\n 100 % %(seq)d'},
    "input": {"interrupt_id": "i", "payload": QUESTION},
    "updates": {"node": "execute", "values": {"rows": None}},
    "values": {
        "question": "\ud83d",
        "answer": "100 %",
        "outcome": "answered",
        "sql": None,
        "columns": ["a"],
        "row_count": 1,
    },
    "custom": {"payload": {"ü": ["\ud83d", 1.0, 1e22, None, True]}, "text": '"\n%'},
}


@pytest.mark.parametrize("channel", METHODS)
@pytest.mark.parametrize("name", [None, "rows", 'a "name" %d'])
@pytest.mark.parametrize("is_read", [True, False])
def test_text_and_frame_of_an_event_are_equal(channel: str, name: str | None, is_read: bool) -> None:
    events = [NewEvent(channel, PAYLOADS[channel], name)]
    [event] = number_events(uuid4(), 6, datetime.now(UTC), events, pack_events(events).texts)
    event = replace(event, text=None) if is_read else event
    assert encode_event_text(event) == encode_frame(encode_event(event))


def test_a_reply_is_one_message_with_one_text_block() -> None:
    phases = [
        {"phase": "started", "id": "m"},
        {"phase": "text_started"},
        {"phase": "text", "text": "Twelve."},
        {"phase": "text_finished", "text": "Twelve."},
        {"phase": "finished"},
    ]
    frames = [encode_event(logged("messages", phase))["params"]["data"] for phase in phases]
    assert [frame["event"] for frame in frames] == [
        "message-start",
        "content-block-start",
        "content-block-delta",
        "content-block-finish",
        "message-finish",
    ]
    assert frames[2]["delta"] == {"type": "text-delta", "text": "Twelve."}
    assert frames[3]["content"]["text"] == "Twelve."
