from contextlib import ExitStack

import pytest

from transport.auth.authentication import LOCAL_USER
from transport.protocol.errors import RequestRefused
from transport.realtime.connection_limits import (
    MAX_PER_USER,
    ConnectionLimiter,
    max_open_connections,
    raise_open_file_limit,
)


def code_of(crowd: ConnectionLimiter, user: str) -> str | None:
    try:
        with crowd.acquire(user):
            return None
    except RequestRefused as refusal:
        return refusal.error.code


def test_beyond_the_most_nobody_is_let_in() -> None:
    crowd = ConnectionLimiter(max_connections=2)
    with crowd.acquire("ann"), crowd.acquire("bob"):
        assert code_of(crowd, "cy") == "too_busy"
    assert code_of(crowd, "cy") is None


def test_one_asker_does_not_take_all_the_seats() -> None:
    crowd = ConnectionLimiter(max_per_user=1)
    with crowd.acquire("ann"):
        assert code_of(crowd, "ann") == "too_many_connections"
        assert code_of(crowd, "bob") is None
    assert code_of(crowd, "ann") is None


@pytest.mark.parametrize(("user", "full"), [("user:ann", True), (LOCAL_USER, False)])
def test_named_askers_have_a_bound_and_the_shared_token_has_none(user: str, full: bool) -> None:
    crowd = ConnectionLimiter()
    with ExitStack() as seats:
        for _ in range(MAX_PER_USER):
            seats.enter_context(crowd.acquire(user))
        assert (code_of(crowd, user) is not None) is full


def test_who_was_refused_leaves_no_trace() -> None:
    crowd = ConnectionLimiter(max_connections=1)
    with crowd.acquire("ann"):
        for _ in range(3):
            assert code_of(crowd, "bob") == "too_busy"
    assert code_of(crowd, "bob") is None


def test_there_is_never_more_room_than_the_system_gives() -> None:
    raise_open_file_limit()
    crowd = ConnectionLimiter(max_connections=10**9)
    assert crowd._max == max_open_connections() < 10**9
