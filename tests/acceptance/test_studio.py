"""LangGraph Studio: drawing, running, interrupting and resuming the graph of `langgraph.json`."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client

ROOT = Path(__file__).parents[2]
LANGGRAPH = Path(sys.executable).with_name("langgraph")
START_S = 90
NODES = {"analyze", "retrieve", "generate", "validate", "execute", "answer"}

pytestmark = [
    pytest.mark.skipif(
        not LANGGRAPH.exists() and not os.environ.get("CI"), reason="needs the extra `studio` (langgraph-cli)"
    ),
    pytest.mark.timeout(240),
]


@pytest.fixture
def data() -> Iterator[Path]:
    # Not pytest's own temporary folder: as root the embedded server could not pass through it.
    with TemporaryDirectory(prefix="querent-studio-") as folder:
        yield Path(folder, "data")


@asynccontextmanager
async def studio(data: Path, **settings: str) -> AsyncIterator[str]:
    """What `make studio` starts, on a free port and a fresh data folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("QUERENT_")},
        "QUERENT_DATA": str(data),
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "LANGSMITH_TRACING": "false",
        **settings,
    }
    log = (data.parent / "studio.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        *(str(LANGGRAPH), "dev", "--no-browser", "--no-reload", "--port", str(port)),
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await answering(url, process)
        yield url
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 30)
        log.close()


async def answering(url: str, process: asyncio.subprocess.Process) -> None:
    """Come back when the server takes requests."""
    async with httpx.AsyncClient(base_url=url) as client, asyncio.timeout(START_S):
        while process.returncode is None:
            try:
                if (await client.get("/ok")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.2)
    raise AssertionError("langgraph dev ended before it answered")


async def test_studio_draws_runs_interrupts_and_remembers(data: Path) -> None:
    async with studio(data, QUERENT_APPROVE="always") as url, get_client(url=url) as client:
        (assistant,) = await client.assistants.search()
        drawing: Any = await client.assistants.get_graph(assistant["assistant_id"])
        thread = (await client.threads.create())["thread_id"]
        graph_input = {"question": "How many customers are there?", "database": "shop"}
        await client.runs.wait(thread, "querent", input=graph_input)
        waiting: Any = await client.threads.get_state(thread)
        approval: Any = {"resume": {"decision": "approve"}}
        values: Any = await client.runs.wait(thread, "querent", command=approval)
        state: Any = await client.threads.get_state(thread)
        history = await client.threads.get_history(thread)

    assert {node["id"] for node in drawing["nodes"]} >= NODES
    assert waiting["next"] == ["validate"]
    assert waiting["tasks"][0]["interrupts"][0]["value"]["kind"] == "approve"
    assert values["outcome"] == "answered"
    assert "4,000" in state["values"]["reply"].replace("4000", "4,000")
    assert len(history) > len(NODES)
