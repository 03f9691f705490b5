"""The stock JavaScript client of LangGraph from npm, over its own WebSocket transport."""

import asyncio
from pathlib import Path

import pytest

from agent.analyst import Intent
from tests.fixtures.eventually import eventually
from tests.fixtures.node import run_script
from tests.fixtures.scripted_service import RunningService

SCRIPT = Path(__file__).parents[2] / "javascript" / "stock_client.mjs"
UNCLEAR = Intent("unclear", "Cats or dogs?", reply="Cats or dogs?", choices=("cats", "dogs"))

# The first test may have to fetch the client.
pytestmark = pytest.mark.timeout(330)


async def test_it_asks_hears_the_words_and_reads_the_output(served: RunningService) -> None:
    result = await run_script(SCRIPT, served.address, "ask")
    assert result["words"] == "Here you are."
    assert (result["output"]["question"], result["output"]["answer"]) == (
        "Which pets are there?",
        "Here you are.",
    )
    assert result["verdict"]["approved"] is True


async def test_it_follows_up_over_another_stream(served: RunningService) -> None:
    result = await run_script(SCRIPT, served.address, "follow")
    assert result["asked"] == ["Which pets are there?", "And how many?"]


async def test_it_answers_what_was_asked_back(served: RunningService) -> None:
    served.analyst.intents = [UNCLEAR]
    result = await run_script(SCRIPT, served.address, "respond")
    assert result["asked"]["choices"] == ["cats", "dogs"]
    assert result["answer"] == "Here you are."
    assert served.analyst.questions == ["Which pets are there?", "cats"]


async def test_after_a_cut_it_goes_on_without_a_gap_or_a_double(served: RunningService) -> None:
    served.analyst.blocked = True

    async def let_go_on_when_told() -> None:
        """The script gives the conversation a title when it is on its second socket."""

        async def has_title() -> bool:
            return any(
                thread.title == "go on"
                for thread in await served.service.conversations.list_for_user("local")
            )

        await eventually(has_title)
        served.analyst.resume.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(let_go_on_when_told())
        result = await run_script(SCRIPT, served.address, "reconnect")
    assert result["sockets"] == 2
    assert result["seen"] == list(range(1, len(result["seen"]) + 1))
