"""Limit concurrent event-stream connections, per user and per process."""

import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from transport.auth.authentication import LOCAL_USER
from transport.protocol.errors import RequestRefused

# File descriptors for everything else: the store, targets, connections that are just being accepted.
RESERVED_FILES = 256
# One person with a few devices and many tabs.
MAX_PER_USER = 64


class ConnectionLimiter:
    """Concurrency limiter. `max_connections` applies to the process, `max_per_user` to each user.

    All clients with the static token are one user, who is limited only if `max_per_user` is set.
    """

    def __init__(self, max_connections: int | None = None, max_per_user: int | None = None) -> None:
        system_limit = max_open_connections()
        self._max = system_limit if max_connections is None else min(max_connections, system_limit)
        self._max_per_user = max_per_user
        self._count_by_user: Counter[str] = Counter()
        self._count = 0

    @contextmanager
    def acquire(self, user: str) -> Iterator[None]:
        """Hold a connection slot while the block runs. Raises `RequestRefused` if none is free."""
        if self._count >= self._max:
            raise RequestRefused(
                "too_busy", "The service has too many connections. Please try again shortly."
            )
        if self._count_by_user[user] >= self._limit_for(user):
            raise RequestRefused(
                "too_many_connections", "You have too many open connections. Please close some."
            )
        self._count += 1
        self._count_by_user[user] += 1
        try:
            yield
        finally:
            self._count -= 1
            self._count_by_user[user] -= 1
            if not self._count_by_user[user]:
                del self._count_by_user[user]

    def _limit_for(self, user: str) -> int:
        if self._max_per_user is not None:
            return self._max_per_user or self._max
        return self._max if user == LOCAL_USER else MAX_PER_USER


def max_open_connections() -> int:
    """Return how many sockets the file limit allows, less a reserve so that accepting never fails."""
    soft_limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, soft_limit - RESERVED_FILES) if soft_limit != resource.RLIM_INFINITY else 1_000_000


def raise_open_file_limit() -> None:
    """Raise the soft limit on open files to the hard limit; many shells start with 1,024."""
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
