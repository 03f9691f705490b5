"""Thinking aloud is not answering."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelRateLimitError,
    OutputParserException,
)

from agent.errors import AnalystError, AnalystUnavailable, InvalidModelOutput
from agent.llm.streaming import ReasoningFilter, provider_errors, strip_reasoning


def heard(pieces: list[str]) -> str:
    aloud = ReasoningFilter()
    return "".join([*map(aloud.feed, pieces), aloud.finish()])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("There are 12.", "There are 12."),
        ("<think>Let me see. {}</think>There are 12.", "There are 12."),
        ("\n<think>\nHm.\n</think>\n\nThere are 12.", "There are 12."),
        ("<think>without an end", ""),
        ("<think></think>", ""),
        ("<thin", "<thin"),
        ("<thinner> is not a thought", "<thinner> is not a thought"),
        ("5 <think> is said in the middle</think>", "5 <think> is said in the middle</think>"),
        ("", ""),
    ],
)
def test_only_the_answer_is_heard(text: str, answer: str) -> None:
    assert heard([text]) == answer
    assert heard(list(text)) == answer


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "think", ">", " ", "\n", "a", "</"]), max_size=12)
)
def test_it_does_not_matter_where_pieces_end(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert heard(pieces) == heard([text]) == heard(list(text))


def test_answers_without_thoughts_do_not_wait() -> None:
    assert ReasoningFilter().feed("There") == "There"


def test_what_stands_after_the_thoughts_is_the_answer() -> None:
    assert strip_reasoning('Hm, {"a": 1}?</think>{"a": 2}') == '{"a": 2}'
    assert strip_reasoning('{"a": 2}') == '{"a": 2}'


@pytest.mark.parametrize(
    ("fault", "expected", "words"),
    [
        (TimeoutError(), AnalystUnavailable, "in time"),
        (ModelRateLimitError("sk-1"), AnalystUnavailable, "rate-limiting"),
        (ModelAuthenticationError("sk-1"), AnalystUnavailable, "rejected the API key"),
        (ModelConnectionError("10.0.0.7"), AnalystUnavailable, "cannot be reached"),
        (ModelError("?"), AnalystUnavailable, "cannot be reached"),
        (ConnectionResetError("10.0.0.7"), AnalystUnavailable, "cannot be reached"),
        (ContextOverflowError("8192"), InvalidModelOutput, "too long"),
        (OutputParserException("{"), InvalidModelOutput, "cannot be parsed"),
    ],
)
def test_a_fault_is_explained_without_the_providers_words(
    fault: Exception, expected: type[AnalystError], words: str
) -> None:
    with pytest.raises(expected, match=words) as caught, provider_errors():
        raise fault
    assert caught.value.__cause__ is fault
    assert not fault.args or str(fault.args[0]) not in str(caught.value)


def test_a_mistake_of_our_own_is_not_blamed_on_the_provider() -> None:
    with pytest.raises(ZeroDivisionError), provider_errors():
        _ = 1 / 0
