"""Request-scoped cache: each store lookup is executed once per run, and all its steps see the same state."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")


class RequestCache:
    """Memo of store lookups for one run. A function that is given none performs its lookups each time."""

    def __init__(self) -> None:
        self._values: dict[Hashable, Any] = {}

    async def get(self, key: Hashable, load: Callable[[], Awaitable[Value]]) -> Value:
        """Return the value of this key, loading it on the first use. Exceptions are not cached."""
        if key not in self._values:
            self._values[key] = await load()
        value: Value = self._values[key]
        return value
