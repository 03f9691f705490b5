"""CPU deadline of the parser: a cooperative limit on the time that one question may take."""

from collections.abc import Callable
from time import thread_time

# Seconds of CPU time. Ordinary questions take a few milliseconds.
MAX_CPU_S = 0.25


class QuestionTooComplex(Exception):
    """Understanding a question took more CPU time than allowed."""


class CpuDeadline:
    """Deadline of the calling thread, measured in its CPU time.

    `check` is called at each step of the parser. An infinite `limit_s` never expires.
    """

    def __init__(self, limit_s: float = MAX_CPU_S, clock: Callable[[], float] = thread_time) -> None:
        self._clock = clock
        self._expires_at = clock() + limit_s

    def check(self) -> None:
        """Raise `QuestionTooComplex` after the deadline."""
        if self._clock() > self._expires_at:
            raise QuestionTooComplex


UNLIMITED = CpuDeadline(float("inf"))
