"""How many viewers there may be at a time: of one asker, and in this process."""

import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from transport.auth.authentication import ASKER
from transport.protocol.errors import Refused

# Files and sockets that the process needs besides its viewers: the store, targets, whoever knocks.
RESERVE = 256
# One person with a few devices and many tabs.
MOST_EACH = 64


class Crowd:
    """Counts viewers. `most` bounds them all, `most_each` those of one asker; None leaves it to us.

    Everybody who shares one token is one asker, for whom there is no bound but that of all unless one is set.
    """

    def __init__(self, most: int | None = None, most_each: int | None = None) -> None:
        room = room_for_sockets()
        self._most = room if most is None else min(most, room)
        self._most_each = most_each
        self._here: Counter[str] = Counter()
        self._count = 0

    @contextmanager
    def seat(self, asker: str) -> Iterator[None]:
        """Make room for a viewer for as long as the block lasts. Raises `Refused`."""
        if self._count >= self._most:
            raise Refused("too_busy", "Too many viewers are connected; please try again in a moment.")
        if self._here[asker] >= self._bound_of(asker):
            raise Refused("too_many_sockets", "You have too many connections; close some of them.")
        self._count += 1
        self._here[asker] += 1
        try:
            yield
        finally:
            self._count -= 1
            self._here[asker] -= 1
            if not self._here[asker]:
                del self._here[asker]

    def _bound_of(self, asker: str) -> int:
        if self._most_each is not None:
            return self._most_each or self._most
        return self._most if asker == ASKER else MOST_EACH


def room_for_sockets() -> int:
    """How many sockets the system lets us hold, with some kept back, so that accepting never fails."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, allowed - RESERVE) if allowed != resource.RLIM_INFINITY else 1_000_000


def raise_limit() -> None:
    """Take as many open files as the system would let us have; many shells begin with 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
