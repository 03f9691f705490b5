"""Interrupted runs, answered on the same socket or on another one."""

from agent.analyst import Intent
from tests.fixtures.scripted_service import RunningService
from tests.fixtures.ws_client import END_STATUSES, WebSocketClient, connect_client

UNCLEAR = Intent("unclear", "Which pets?", "Cats or dogs?", choices=("cats", "dogs"))


async def interrupted(caller: WebSocketClient, served: RunningService) -> dict[str, object]:
    served.analyst.intents.append(UNCLEAR)
    events = await (await caller.subscribe()).ask("Which pets?")
    request: list[dict[str, object]] = [
        event["params"]["data"] for event in events if event["method"] == "input.requested"
    ]
    return request[0]


async def test_an_unclear_question_is_asked_back_with_choices(
    caller: WebSocketClient, served: RunningService
) -> None:
    request = await interrupted(caller, served)
    assert request["payload"] == {
        "kind": "clarify",
        "question": "Cats or dogs?",
        "choices": ["cats", "dogs"],
        "default": "cats",
    }
    # The stock Python client reads it under this name.
    assert request["value"] == request["payload"]


async def test_the_run_goes_on_with_the_answer(caller: WebSocketClient, served: RunningService) -> None:
    request = await interrupted(caller, served)
    reply = await caller.command(
        "input.respond", interrupt_id=request["interrupt_id"], response="cats", namespace=[]
    )
    assert set(reply["result"]) == {"run_id"}
    events = await caller.events_until("completed", "failed")
    assert events[-1]["params"]["data"]["status"] == "completed"
    assert served.analyst.questions[-1] == "cats"


async def test_another_device_sees_what_is_waited_for_and_answers(
    caller: WebSocketClient, served: RunningService, thread: str
) -> None:
    request = await interrupted(caller, served)
    async with connect_client(served, thread) as other:
        events = await (await other.subscribe()).events_until(*END_STATUSES)
        assert [event["params"]["data"] for event in events if event["method"] == "input.requested"] == [
            request
        ]
        answer = {"interrupt_id": request["interrupt_id"], "response": "dogs", "namespace": []}
        await other.command("input.respond", responses=[answer])
        await other.events_until("completed")


async def test_an_answer_that_does_not_fit_is_refused_and_the_run_still_waits(
    caller: WebSocketClient, served: RunningService
) -> None:
    request = await interrupted(caller, served)
    refused = await caller.command(
        "input.respond", interrupt_id=request["interrupt_id"], response={"cats": 1}
    )
    assert refused["code"] == "invalid_response"
    other = await caller.command("input.respond", interrupt_id="another", response="cats")
    assert (other["error"], other["code"]) == ("no_such_interrupt", "no_such_interrupt")
    again = await caller.command("input.respond", interrupt_id=request["interrupt_id"], response="cats")
    assert again["type"] == "success"
