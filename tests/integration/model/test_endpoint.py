"""The connection to a model endpoint: environment proxies and configured headers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.llm.chat_models import DirectChatOpenAI, build_model, close_model
from agent.llm.openai_http import OpenAiClient

ANSWER = b'{"choices": [{"message": {"role": "assistant", "content": "Hi."}}]}'


@asynccontextmanager
async def listening(heads: list[str]) -> AsyncIterator[str]:
    """A server that answers everything in the same words, and keeps what it was asked."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heads.append(head)
        length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
        await reader.readexactly(int(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
async def test_the_environment_names_a_proxy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[str] = []
    async with listening(heads) as proxy:
        monkeypatch.setenv(name, f"http://ann:hush@{proxy}")
        endpoint = OpenAiClient("http://model.example/v1/chat/completions", {}, 5.0)
        assert await endpoint.post({}) == ANSWER
        await endpoint.close()
    assert heads[0].startswith("POST http://model.example/v1/chat/completions HTTP/1.1")
    assert "Proxy-Authorization: Basic " in heads[0]


async def test_the_environment_names_whom_to_reach_without_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[str] = []
    async with listening(heads) as server:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        endpoint = OpenAiClient(f"http://{server}/v1/chat/completions", {}, 5.0)
        assert await endpoint.post({}) == ANSWER
        await endpoint.close()
    assert heads[0].startswith("POST /v1/chat/completions HTTP/1.1")


async def test_a_model_says_that_it_sends_json_and_who_it_is() -> None:
    heads: list[str] = []
    async with listening(heads) as server:
        model = build_model("stub", f"http://{server}/v1", "a key", 5.0)
        assert isinstance(model, DirectChatOpenAI)
        assert (await model.ainvoke("hello")).text == "Hi."
        await close_model(model)
    headers = heads[0].lower()
    assert "content-type: application/json" in headers
    assert "authorization: bearer a key" in headers
