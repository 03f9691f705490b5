"""The chat-model client over real HTTP: streaming, retries, and errors as classes of this project."""

import asyncio
from collections.abc import AsyncIterator
from functools import reduce
from operator import add
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
    OutputParserException,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agent.llm.chat_models import build_model, close_model, open_model
from agent.llm.streaming import stream_chunks
from tests.fixtures.llm.stub_server import Reply, StubServer, text_reply

RECORDED = [
    text_reply("There are 12 customers."),
    Reply(["Grüße", " aus", " 東京", " \u2028 \r\n", "\n\ndata: x\n\n"]),
    Reply([""], usage=False),
    Reply(["half"], finish="length"),
    Reply(["half"], finish="content_filter"),
    Reply(tool={"name": "draft", "fields": {"sql": "SELECT 1"}}),
    Reply(["Let me see.", ""], tool={"name": "draft", "fields": {"sql": "SELECT 'ü'"}}),
    Reply(fault="no_choices"),
]


@pytest.fixture
async def model(stub: StubServer) -> AsyncIterator[BaseChatModel]:
    async with open_model("stub", stub.url, "a key", 20.0) as model:
        yield model


async def streamed(model: BaseChatModel) -> dict[str, Any]:
    """All chunks in one, without what differs from run to run."""
    chunks = [chunk async for chunk in model.astream("hello")]
    return reduce(add, chunks).model_dump(exclude={"id", "chunk_position"})


@pytest.mark.parametrize("reply", RECORDED)
async def test_the_lean_client_streams_what_the_stock_client_streams(
    stub: StubServer, model: BaseChatModel, reply: Reply
) -> None:
    stock = ChatOpenAI(
        model="stub",
        base_url=stub.url,
        api_key=SecretStr("a key"),
        stream_usage=True,
        use_responses_api=False,
    )
    stub.replies += [reply, reply]
    try:
        assert await streamed(model) == await streamed(stock)
    finally:
        await close_model(stock)


@pytest.mark.parametrize("reply", [reply for reply in RECORDED if reply.fault is None])
async def test_the_lean_client_reads_of_whole_answers_what_the_stock_client_reads(
    stub: StubServer, model: BaseChatModel, reply: Reply
) -> None:
    stock = ChatOpenAI(model="stub", base_url=stub.url, api_key=SecretStr("a key"), use_responses_api=False)
    stub.replies += [reply, reply]
    try:
        lean, usual = await model.ainvoke("hello"), await stock.ainvoke("hello")
    finally:
        await close_model(stock)
    assert lean.content_blocks == usual.content_blocks
    assert lean.usage_metadata == usual.usage_metadata
    assert lean.response_metadata["finish_reason"] == usual.response_metadata["finish_reason"]


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("reply", RECORDED)
async def test_pieces_hold_what_the_chunks_hold(
    stub: StubServer, model: BaseChatModel, reply: Reply, heard: bool
) -> None:
    stub.replies += [reply, reply]
    whole = await streamed(model)
    model.callbacks = [AsyncCallbackHandler()] if heard else None
    pieces = [piece async for piece in stream_chunks(model, [HumanMessage("hello")])]
    assert "".join(piece.text for piece in pieces) == whole["content"]
    used, finish_reason = whole["usage_metadata"], whole["response_metadata"].get("finish_reason")
    assert [piece.usage for piece in pieces if piece.usage] == [used] * (used is not None)
    assert [piece.finish_reason for piece in pieces if piece.finish_reason] == [finish_reason] * (
        finish_reason is not None
    )


async def test_who_listens_hears_of_every_call(stub: StubServer, model: BaseChatModel) -> None:
    stub.replies += [text_reply("Hi."), text_reply("Hi there.")]
    model.callbacks = [listener := UsageMetadataCallbackHandler()]
    await model.ainvoke("hello")
    async for _ in stream_chunks(model, [HumanMessage("hello")]):
        pass
    assert listener.usage_metadata["stub"]["output_tokens"] == 14


async def test_a_refusal_is_kept(stub: StubServer, model: BaseChatModel) -> None:
    stub.replies.append(Reply(refusal="I cannot help with that."))
    assert (await model.ainvoke("hello")).additional_kwargs["refusal"] == "I cannot help with that."


async def test_both_clients_ask_in_the_same_words(stub: StubServer, model: BaseChatModel) -> None:
    stock = ChatOpenAI(
        model="stub",
        base_url=stub.url,
        api_key=SecretStr("a key"),
        temperature=0.0,
        stream_usage=True,
        use_responses_api=False,
    )
    stub.replies += [text_reply("Hi."), text_reply("Hi.")]
    try:
        await streamed(model)
        await streamed(stock)
    finally:
        await close_model(stock)
    assert stub.requests[0] == stub.requests[1]
    assert stub.keys == ["Bearer a key", "Bearer a key"]


async def test_building_a_model_sends_nothing(stub: StubServer) -> None:
    await close_model(build_model("stub", stub.url, None, 2.0))
    assert stub.opened == 0


async def test_one_connection_serves_call_after_call(stub: StubServer, model: BaseChatModel) -> None:
    stub.replies += [text_reply("Hi."), text_reply("Hi."), text_reply("Hi.")]
    await streamed(model)
    await model.ainvoke("hello")
    await streamed(model)
    assert stub.opened == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_may_pass_by_itself_is_tried_again(
    stub: StubServer, model: BaseChatModel, status: int
) -> None:
    stub.replies += [Reply(["wait"], status=status, headers={"retry-after": "0.01"}), text_reply("Hi.")]
    assert (await model.ainvoke("hello")).text == "Hi."


async def test_trying_again_has_an_end(stub: StubServer, model: BaseChatModel) -> None:
    stub.replies += [Reply(["wait"], status=429, headers={"retry-after": "0.01"})] * 9
    with pytest.raises(ModelRateLimitError):
        await model.ainvoke("hello")
    assert len(stub.requests) == 3


@pytest.mark.parametrize("wait", ["30", "Wed, 21 Oct 2065 07:28:00 GMT", "inf", "-1", "soon"])
async def test_a_long_wait_is_not_waited_for(stub: StubServer, model: BaseChatModel, wait: str) -> None:
    stub.replies.append(Reply(["wait"], status=429, headers={"retry-after": wait}))
    with pytest.raises(ModelRateLimitError):
        await model.ainvoke("hello")
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (400, "no such field", ModelInvalidRequestError),
        (400, "This model's maximum context length is 8192 tokens.", ContextOverflowError),
        (401, "bad key sk-secret", ModelAuthenticationError),
        (403, "not for you", ModelPermissionDeniedError),
        (404, "no such model", ModelNotFoundError),
        (413, "too large", ContextOverflowError),
        (418, "a teapot", ModelAPIError),
        (422, "no such field", ModelInvalidRequestError),
    ],
)
async def test_what_will_not_pass_is_not_tried_again(
    stub: StubServer, model: BaseChatModel, status: int, message: str, expected: type[ModelError]
) -> None:
    stub.replies.append(Reply([message], status=status))
    with pytest.raises(expected) as caught:
        await model.ainvoke("hello")
    assert message not in str(caught.value)
    assert len(stub.requests) == 1


async def test_a_server_that_hangs_up_is_a_lost_connection(stub: StubServer, model: BaseChatModel) -> None:
    stub.replies.append(Reply(["one", "two", "three"], fault="reset"))
    with pytest.raises(ModelConnectionError):
        await streamed(model)


async def test_a_server_that_says_nothing_is_late(stub: StubServer) -> None:
    stub.replies += [Reply(fault="late")] * 3
    async with open_model("stub", stub.url, None, 0.05) as model:
        with pytest.raises(ModelTimeoutError):
            await streamed(model)


async def test_a_stream_that_falls_silent_is_late(stub: StubServer) -> None:
    stub.replies.append(Reply(["one", "two", "three"], fault="stall"))
    async with open_model("stub", stub.url, None, 0.1) as model:
        with pytest.raises(ModelTimeoutError):
            await streamed(model)


async def test_a_fault_within_a_stream_is_the_providers(stub: StubServer, model: BaseChatModel) -> None:
    stub.replies.append(Reply(["one", "two"], fault="error_event"))
    with pytest.raises(ModelAPIError):
        await streamed(model)


@pytest.mark.parametrize("fault", ["no_json", "no_choices"])
async def test_a_malformed_answer_is_named_as_such(
    stub: StubServer, model: BaseChatModel, fault: str
) -> None:
    stub.replies.append(Reply(["one"], fault=fault))  # type: ignore[arg-type]  # one of Fault
    with pytest.raises(OutputParserException):
        await model.ainvoke("hello")


async def test_cancelling_closes_the_connection(stub: StubServer, model: BaseChatModel) -> None:
    stub.replies.append(Reply(["one", "two"], fault="stall"))
    first = asyncio.Event()

    async def read() -> None:
        async for _ in model.astream("hello"):
            first.set()

    reading = asyncio.create_task(read())
    await first.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await stub.hung_up.wait()
    assert stub.connections == 0


@pytest.mark.parametrize(
    ("name", "temperature"), [("gpt-4o", 0.0), ("o3-mini", None), ("openai/gpt-5.1", None), ("qwen3", 0.0)]
)
async def test_models_that_think_keep_their_own_temperature(name: str, temperature: float | None) -> None:
    model = build_model(name, "http://127.0.0.1:9/v1", None, 1.0)
    assert isinstance(model, ChatOpenAI)
    assert model.temperature == temperature
    await close_model(model)
