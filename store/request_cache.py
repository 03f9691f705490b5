"""What is asked of the store once for a question, however often it is needed on the way."""

from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Key = TypeVar("Key", bound=Hashable)

# Steps run in tasks of their own, which take this along; each question has its own answers.
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def asking_once() -> Iterator[None]:
    """Have what `once` is asked within the block asked once: it stays as it was found first."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


async def once(ask: Callable[[Key], Awaitable[Answer]], name: Key) -> Answer:
    """Ask for what is known by this name, or give what was answered before; outside of a block, always ask.

    What was raised is not kept.
    """
    answers = _answers.get()
    if answers is None:
        return await ask(name)
    if (ask, name) not in answers:
        answers[ask, name] = await ask(name)
    answer: Answer = answers[ask, name]
    return answer
