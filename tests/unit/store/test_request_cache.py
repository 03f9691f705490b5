"""Lookups are performed once per cache."""

import pytest

from store.request_cache import RequestCache


class Counter:
    """Counts its lookups."""

    def __init__(self) -> None:
        self.calls = 0

    async def load(self) -> str:
        self.calls += 1
        return f"call {self.calls}"


async def test_the_first_result_stays() -> None:
    counter, cache = Counter(), RequestCache()
    assert [await cache.get("shop", counter.load) for _ in range(3)] == ["call 1"] * 3


async def test_keys_and_caches_are_independent() -> None:
    counter, cache = Counter(), RequestCache()
    await cache.get("shop", counter.load)
    assert await cache.get("clinic", counter.load) == "call 2"
    assert await RequestCache().get("shop", counter.load) == "call 3"


async def test_none_is_a_result_too() -> None:
    calls = []

    async def load() -> None:
        calls.append(1)

    cache = RequestCache()
    await cache.get("shop", load)
    await cache.get("shop", load)
    assert len(calls) == 1


async def test_exceptions_are_not_cached() -> None:
    counter, cache = Counter(), RequestCache()

    async def fail() -> str:
        counter.calls += 1
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            await cache.get("shop", fail)
    assert counter.calls == 2
