"""WebSocket sessions: asking, subscribing, replaying, cancelling and following runs."""

from typing import Any

import httpx
import pytest

from tests.fixtures.scripted_service import RunningService
from tests.fixtures.ws_client import END_STATUSES, WebSocketClient, connect_client

Events = list[dict[str, Any]]


def numbers(events: Events) -> list[int]:
    return [event["seq"] for event in events]


def statuses(events: Events) -> list[str]:
    return [event["params"]["data"]["status"] for event in events if event["method"] == "lifecycle"]


def names(events: Events) -> list[str]:
    return [event["params"]["data"]["name"] for event in events if event["method"] == "custom"]


def data(events: Events, method: str) -> list[Any]:
    return [event["params"]["data"] for event in events if event["method"] == method]


async def test_a_question_is_answered_over_the_socket(caller: WebSocketClient) -> None:
    events = await (await caller.subscribe()).ask("Which pets are there?")
    assert numbers(events) == list(range(1, len(events) + 1))
    assert statuses(events) == ["running", "completed"]
    pieces = [text["delta"]["text"] for text in data(events, "messages") if "delta" in text]
    assert "".join(pieces) == "Here you are."
    assert data(events, "values")[0]["answer"] == "Here you are."


async def test_the_events_of_a_run_come_in_the_order_of_the_journey(caller: WebSocketClient) -> None:
    subscribed = await (await caller.subscribe("custom")).subscribe("lifecycle")
    event_names = names(await subscribed.ask("Which pets are there?"))
    assert [name for name in event_names if name != "step"] == [
        "asked",
        "context",
        "draft",
        "verdict",
        "rows",
        "evidence",
        "suggestions",
    ]


async def test_every_event_says_which_it_is_and_when_it_was(caller: WebSocketClient) -> None:
    for event in await (await caller.subscribe()).ask("Which pets are there?"):
        assert event["event_id"] == str(event["seq"])
        assert event["params"]["namespace"] == []
        assert event["params"]["timestamp"] > 1_700_000_000_000


async def test_a_socket_without_a_subscription_hears_replies_only(
    caller: WebSocketClient, served: RunningService, thread: str
) -> None:
    reply = await caller.command("run.start", input="Which pets are there?")
    assert set(reply["result"]) == {"run_id"}
    async with connect_client(served, thread) as other:
        await (await other.subscribe(since=0)).events_until("completed")
    again = await caller.command("run.cancel")
    assert (again["error"], again["code"]) == ("no_such_run", "no_such_run")
    assert caller.events == []


@pytest.mark.parametrize("channel", ["values", "messages", "lifecycle", "custom:verdict"])
async def test_a_channel_brings_its_own_events_only(caller: WebSocketClient, channel: str) -> None:
    await caller.subscribe(channel)
    await caller.subscribe("lifecycle")
    events = await caller.ask("Which pets are there?")
    method, _, name = channel.partition(":")
    assert {event["method"] for event in events} == {method, "lifecycle"}
    assert set(names(events)) == ({name} if name else set())


async def test_coming_back_brings_exactly_what_was_missed(
    caller: WebSocketClient, served: RunningService, thread: str
) -> None:
    whole = await (await caller.subscribe()).ask("Which pets are there?")
    for since in range(len(whole)):
        async with connect_client(served, thread) as other:
            assert await (await other.subscribe(since=since)).events_until("completed") == whole[since:]


async def test_two_subscriptions_bring_each_event_once(caller: WebSocketClient) -> None:
    await caller.subscribe("lifecycle", "values")
    events = await (await caller.subscribe()).ask("Which pets are there?")
    assert numbers(events) == list(range(1, len(events) + 1))


async def test_a_later_subscription_gets_the_past_it_wants(caller: WebSocketClient) -> None:
    first = await (await caller.subscribe("lifecycle")).ask("Which pets are there?")
    await caller.subscribe("values", "lifecycle", since=0)
    again = await caller.events_until("completed")
    assert numbers(again) == sorted(numbers(again))
    assert set(numbers(first)) < set(numbers(again))


async def test_two_viewers_see_the_same(caller: WebSocketClient, served: RunningService, thread: str) -> None:
    async with connect_client(served, thread) as other:
        await other.subscribe()
        own_events = await (await caller.subscribe()).ask("Which pets are there?")
        assert await other.events_until("completed") == own_events


async def test_a_new_viewer_is_not_told_of_turns_that_are_over(
    caller: WebSocketClient, served: RunningService, thread: str
) -> None:
    first = await (await caller.subscribe()).ask("Which pets are there?")
    async with connect_client(served, thread) as other:
        second = await (await other.subscribe()).ask("And how many?")
    assert numbers(second)[0] == len(first) + 1


async def test_a_new_viewer_sees_the_turn_under_way_from_its_start(
    caller: WebSocketClient, served: RunningService, thread: str
) -> None:
    served.analyst.blocked = True
    await caller.subscribe("messages")
    await caller.command("run.start", input="Which pets are there?")
    while not caller.events:
        caller.events.append(await caller.frame())
    async with connect_client(served, thread) as other:
        await other.subscribe()
        served.analyst.resume.set()
        assert numbers(await other.events_until("completed"))[0] == 1


async def test_a_client_that_counts_on_from_another_socket_is_told_of_the_last_run_again(
    caller: WebSocketClient, served: RunningService, thread: str
) -> None:
    await (await caller.subscribe()).ask("Which pets are there?")
    last = await caller.ask("And how many?")
    async with connect_client(served, thread, first_id=7) as returned:
        assert await (await returned.subscribe()).events_until("completed") == last


async def test_a_subscription_can_be_taken_up_on_another_socket(
    caller: WebSocketClient, served: RunningService, thread: str
) -> None:
    reply = await caller.command("subscription.subscribe", channels=["values", "lifecycle"])
    name = reply["result"]["subscription_id"]
    events = await caller.ask("Which pets are there?")
    async with connect_client(served, thread) as other:
        restored = await other.command(
            "subscription.reconnect",
            run_id="any",
            last_event_id=events[0]["event_id"],
            subscriptions=[name],
        )
        assert restored["result"]["restored"] is True
        assert await other.events_until("completed") == events[1:]


async def test_nothing_comes_after_unsubscribing(caller: WebSocketClient) -> None:
    reply = await caller.command("subscription.subscribe", channels=["custom"])
    name = reply["result"]["subscription_id"]
    assert (await caller.command("subscription.unsubscribe", subscription_id=name))["type"] == "success"
    again = await caller.command("subscription.unsubscribe", subscription_id=name)
    assert again["error"] == "no_such_subscription"
    events = await (await caller.subscribe("lifecycle")).ask("Which pets are there?")
    assert {event["method"] for event in events} == {"lifecycle"}


async def test_a_subscription_to_parts_we_do_not_have_stays_silent(caller: WebSocketClient) -> None:
    await caller.subscribe("custom", namespaces=[["subgraph"]])
    await caller.subscribe("lifecycle", namespaces=[[]], depth=0)
    events = await caller.ask("Which pets are there?")
    assert {event["method"] for event in events} == {"lifecycle"}


async def test_leaving_does_not_stop_the_run(
    caller: WebSocketClient, served: RunningService, thread: str
) -> None:
    served.analyst.blocked = True
    async with connect_client(served, thread) as other:
        await other.command("run.start", input="Which pets are there?")
    served.analyst.resume.set()
    assert statuses(await (await caller.subscribe(since=0)).events_until(*END_STATUSES)) == [
        "running",
        "completed",
    ]


async def test_a_second_question_must_wait_for_the_first(
    caller: WebSocketClient, served: RunningService
) -> None:
    served.analyst.blocked = True
    await caller.command("run.start", input="Which pets are there?")
    refused = await caller.command("run.start", input="And how many?")
    assert (refused["type"], refused["error"], refused["code"]) == (
        "error",
        "invalid_argument",
        "run_in_progress",
    )


async def test_stop_really_stops_and_the_next_question_works(
    caller: WebSocketClient, served: RunningService
) -> None:
    served.analyst.blocked = True
    run = (await caller.command("run.start", input="Which pets are there?"))["result"]["run_id"]
    await caller.subscribe("messages", "lifecycle")
    while not any("delta" in text for text in data(caller.events, "messages")):
        caller.events.append(await caller.frame())
    assert (await caller.command("run.cancel", run_id=run))["type"] == "success"
    last = (await caller.events_until(*END_STATUSES))[-1]["params"]["data"]
    assert (last["event"], last["status"], last["code"]) == ("failed", "cancelled", "cancelled")
    assert served.analyst.stopped
    served.analyst.blocked = False
    assert statuses(await caller.ask("And how many?"))[-1] == "completed"


async def test_a_reply_says_from_where_its_events_can_be_followed(
    caller: WebSocketClient, served: RunningService, thread: str
) -> None:
    await (await caller.subscribe()).ask("Which pets are there?")
    reply = await caller.command("run.start", input="And how many?")
    own_events = await caller.events_until("completed")
    async with connect_client(served, thread) as other:
        await other.subscribe(since=reply["meta"]["applied_through_seq"])
        assert await other.events_until("completed") == own_events


async def test_a_chat_s_last_message_is_the_question(caller: WebSocketClient, served: RunningService) -> None:
    await caller.subscribe()
    messages = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello!"},
        {"type": "human", "content": [{"type": "text", "text": "Which pets"}, " are there?"]},
    ]
    await caller.command("run.start", assistant_id="querent", input={"messages": messages})
    await caller.events_until("completed")
    assert served.analyst.questions == ["Which pets are there?"]


async def test_a_conversation_that_is_removed_is_gone_for_everybody(
    caller: WebSocketClient, http: httpx.AsyncClient, thread: str
) -> None:
    await (await caller.subscribe()).ask("Which pets are there?")
    assert (await http.delete(f"/threads/{thread}")).status_code == 204
    reply = await caller.command("run.start", input="And how many?")
    assert reply["code"] == "no_such_conversation"
