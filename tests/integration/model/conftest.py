"""Fixtures: a stub provider, and a model analyst with short timeouts."""

from collections.abc import AsyncIterator

import pytest

from agent.llm.analyst import ModelAnalyst
from agent.llm.chat_models import open_model
from agent.llm.options import LlmOptions
from tests.fixtures.llm.stub_server import StubServer, run_stub_server

QUICK = LlmOptions(timeout_s=2.0, stall_s=0.1)


@pytest.fixture
async def stub() -> AsyncIterator[StubServer]:
    async with run_stub_server() as stub:
        yield stub


@pytest.fixture
async def analyst(stub: StubServer) -> AsyncIterator[ModelAnalyst]:
    async with open_model("stub", stub.url, "a key", 2.0) as model:
        yield ModelAnalyst(model, "stub", QUICK)
