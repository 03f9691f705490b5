"""Says in our own words what went wrong at a model's provider; the provider's words stay inside."""

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
    OutputParserException,
)

from agent.errors import AnalystConfused, AnalystError, AnalystUnavailable

Meaning = tuple[type[AnalystError], str]

AWAY: Meaning = AnalystUnavailable, "The language model cannot be reached, or has a fault."
MEANINGS: dict[type[Exception], Meaning] = {
    ContextOverflowError: (
        AnalystConfused,
        "The question, with all it needs, is too long for the language model.",
    ),
    OutputParserException: (AnalystConfused, "The language model's answer cannot be read."),
    ModelTimeoutError: (AnalystUnavailable, "The language model did not answer in time."),
    TimeoutError: (AnalystUnavailable, "The language model did not answer in time."),
    ModelRateLimitError: (AnalystUnavailable, "The language model's provider lets nobody through just now."),
    ModelAuthenticationError: (AnalystUnavailable, "The language model's provider refused our key."),
    ModelPermissionDeniedError: (AnalystUnavailable, "The language model's provider refused our key."),
    ModelNotFoundError: (AnalystUnavailable, "The provider does not know this language model."),
}
FORESEEN = (ModelError, OutputParserException, TimeoutError, OSError)


@contextmanager
def explained() -> Iterator[None]:
    """Raise a provider's fault as an `AnalystError` with a sentence that is safe to show."""
    try:
        yield
    except FORESEEN as fault:
        meanings = (meaning for kind, meaning in MEANINGS.items() if isinstance(fault, kind))
        error, sentence = next(meanings, AWAY)
        raise error(sentence) from fault
