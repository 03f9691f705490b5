"""Faults of a provider in our own words."""

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelRateLimitError,
    OutputParserException,
)

from agent.errors import AnalystError, AnalystUnavailable, InvalidModelOutput
from agent.llm.errors import provider_errors


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
