"""Provider error mapping: turns a model client's exceptions into analyst errors without provider text."""

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

from agent.errors import AnalystError, AnalystUnavailable, InvalidModelOutput

Mapped = tuple[type[AnalystError], str]

DEFAULT: Mapped = AnalystUnavailable, "The language model cannot be reached or has failed."
MAPPED_ERRORS: dict[type[Exception], Mapped] = {
    ContextOverflowError: (
        InvalidModelOutput,
        "The question and its context are too long for the language model.",
    ),
    OutputParserException: (InvalidModelOutput, "The language model's answer cannot be parsed."),
    ModelTimeoutError: (AnalystUnavailable, "The language model did not answer in time."),
    TimeoutError: (AnalystUnavailable, "The language model did not answer in time."),
    ModelRateLimitError: (
        AnalystUnavailable,
        "The model provider is rate-limiting requests. Please try again shortly.",
    ),
    ModelAuthenticationError: (AnalystUnavailable, "The model provider rejected the API key."),
    ModelPermissionDeniedError: (AnalystUnavailable, "The model provider rejected the API key."),
    ModelNotFoundError: (AnalystUnavailable, "The model provider does not know this language model."),
}
EXPECTED = (ModelError, OutputParserException, TimeoutError, OSError)


@contextmanager
def provider_errors() -> Iterator[None]:
    """Re-raise provider errors as `AnalystError` with a sentence that is safe to show."""
    try:
        yield
    except EXPECTED as error:
        matches = (mapped for kind, mapped in MAPPED_ERRORS.items() if isinstance(error, kind))
        error_class, sentence = next(matches, DEFAULT)
        raise error_class(sentence) from error
