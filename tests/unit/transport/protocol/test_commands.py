import json
from typing import Any

import pytest

from transport.protocol.commands import (
    Command,
    InputRespond,
    InvalidFrame,
    RunStart,
    Subscribe,
    is_channel,
    parse_command,
    parse_question,
    reject_nul,
)
from transport.protocol.errors import RequestRefused


def read(method: str, **params: Any) -> Any:
    command = parse_command(json.dumps({"id": 3, "method": method, "params": params}))
    assert isinstance(command, Command), command
    return command.params


def sentence(frame: str | bytes) -> str:
    unreadable = parse_command(frame)
    assert isinstance(unreadable, InvalidFrame)
    return unreadable.error.message


@pytest.mark.parametrize(
    "given",
    [
        "Why?",
        {"question": "Why?"},
        {"messages": [{"role": "user", "content": "Why?"}]},
        {"messages": [{"role": "assistant", "content": "Hi."}, {"type": "human", "content": "Why?"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Wh"}, "y?"]}]},
    ],
)
def test_a_question_may_be_put_in_several_forms(given: Any) -> None:
    start = read("run.start", input=given)
    assert isinstance(start, RunStart)
    assert start.input.text == "Why?"


def test_a_question_may_say_which_database_it_means() -> None:
    assert read("run.start", input={"question": "Why?", "database": "shop"}).input.database == "shop"


def test_the_javascript_client_s_spelling_is_understood() -> None:
    assert read("run.start", input="Why?", multitaskStrategy="enqueue").multitask_strategy == "enqueue"


def test_one_answer_may_come_in_a_list() -> None:
    alone = read("input.respond", interrupt_id="a", response="b")
    listed = read("input.respond", responses=[{"interrupt_id": "a", "response": "b", "namespace": []}])
    assert isinstance(alone, InputRespond)
    assert alone.single_response == listed.single_response


def test_everything_after_a_number_can_be_asked_for() -> None:
    asked = read("subscription.subscribe", channels=["custom:rows"], since=0)
    assert asked == Subscribe(channels=["custom:rows"], since=0)


def test_the_id_of_a_bad_command_is_kept_for_the_reply() -> None:
    assert parse_command('{"id": 7, "method": "nothing"}') == InvalidFrame(
        7,
        parse_command('{"id": 7, "method": "nothing"}').error,  # type: ignore[union-attr]
    )


def test_a_reply_says_where_a_command_is_wrong_and_not_what_was_there() -> None:
    frame = '{"id": 1, "method": "subscription.subscribe", "params": {"channels": ["values", "secret"]}}'
    assert sentence(frame) == "params.channels.1: unknown channel"


@pytest.mark.parametrize("name", ["custom:a,b", "custom:", "Values", "values ", "custom:ü", "custom:a\n"])
def test_names_that_are_no_channels_are_told_apart(name: str) -> None:
    assert not is_channel(name)


@pytest.mark.parametrize(
    "given",
    [
        None,
        7,
        [],
        {},
        {"question": None},
        {"question": "Why?", "more": 1},
        {"messages": []},
        {"messages": "Why?"},
        {"messages": [{"role": "assistant", "content": "Why?"}]},
        {"messages": [{"content": "Why?"}]},
        {"messages": [{"role": "user", "content": [{"type": "image", "url": "x"}]}]},
        {"messages": [{"role": "user"}]},
    ],
)
def test_what_holds_no_question_is_refused(given: Any) -> None:
    with pytest.raises(ValueError):
        parse_question(given)


@pytest.mark.parametrize(
    "value", ["a\0", ["a", ["\0"]], {"a": {"b": "\0"}}, {"\0": 1}, [{"a": [{"\0": None}]}]]
)
def test_what_postgresql_would_not_keep_is_refused_however_deep(value: Any) -> None:
    with pytest.raises(RequestRefused, match=r"U\+0000"):
        reject_nul(value)


@pytest.mark.parametrize("value", [None, 0, True, "", "\\u0000", "\x01\t\n", {"a": [1, "é", {}]}])
def test_everything_else_may_be_said(value: Any) -> None:
    reject_nul(value)
