"""Server-sent events, wherever the pieces begin and end."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai._streaming import SSEDecoder

from agent.llm.openai_http import MAX_EVENT_BYTES, EventParser, merge_text_events, read_events, until_done

STREAM = (
    b': hello\nevent: x\nid: 7\ndata: {"a": 1}\n\ndata:two\r\ndata: lines\r\n\r\n'
    b"\n\ndata: cr\r\rretry: 5\ndata\n\nlast: no\ndata: cut"
)
EVENTS = [b'{"a": 1}', b"two\nlines", b"cr", b""]


def read(pieces: list[bytes]) -> list[bytes]:
    reader = EventParser()
    return [event for piece in pieces for event in reader.feed(piece)]


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def test_events_are_read_whole() -> None:
    assert read([STREAM]) == EVENTS


def test_events_are_read_byte_by_byte() -> None:
    assert read([STREAM[at : at + 1] for at in range(len(STREAM))]) == EVENTS


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_it_does_not_matter_where_pieces_end(places: list[int]) -> None:
    assert read(cut(STREAM, places)) == EVENTS


@given(
    st.lists(
        st.sampled_from([b"data: x", b"data:", b": c", b"\n", b"\r", b"\r\n", b"data: \xc3\xbc"]), max_size=20
    )
)
def test_it_reads_what_the_stock_decoder_reads(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    stock = [event.data.encode() for event in SSEDecoder().iter_bytes(iter([stream]))]
    assert read([stream]) == stock


async def test_an_event_without_end_is_refused() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"data: " + b"x" * (MAX_EVENT_BYTES // 4)

    with pytest.raises(ValueError, match="too long"):
        _ = [event async for event in read_events(endless())]


async def test_what_comes_after_the_closing_event_is_read_and_left_out() -> None:
    remaining = [[b"one", b"two"], [b"three", b"[DONE]", b"four"], [b"five"]]

    async def read() -> AsyncIterator[list[bytes]]:
        while remaining:
            yield remaining.pop(0)

    assert [events async for events in until_done(read())] == [[b"one", b"two"], [b"three"]]
    assert remaining == []


def says(text: str | None, finish: str | None = None, **more: object) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text, **more}, "finish_reason": finish}]}


def test_words_that_came_together_are_one() -> None:
    assert list(merge_text_events([says("", role="assistant"), says("a"), says("b")])) == [
        says("ab", role="assistant")
    ]


@pytest.mark.parametrize(
    "other",
    [
        says("", "stop"),
        says(None),
        says("x", tool_calls=[]),
        {"choices": []},
        {"choices": [], "usage": {"total_tokens": 1}},
        {"choices": [*says("x")["choices"], *says("y")["choices"]]},
        {"error": {"message": "overloaded"}},
    ],
)
def test_whatever_says_more_than_words_stands_for_itself(other: dict[str, Any]) -> None:
    assert list(merge_text_events([says("a"), other, says("b"), says("c")])) == [says("a"), other, says("bc")]
