from contextlib import ExitStack

import pytest

from transport.auth.authentication import ASKER
from transport.protocol.errors import Refused
from transport.realtime.connection_limits import MOST_EACH, Crowd, raise_limit, room_for_sockets


def code_of(crowd: Crowd, asker: str) -> str | None:
    try:
        with crowd.seat(asker):
            return None
    except Refused as refusal:
        return refusal.fault.code


def test_beyond_the_most_nobody_is_let_in() -> None:
    crowd = Crowd(most=2)
    with crowd.seat("ann"), crowd.seat("bob"):
        assert code_of(crowd, "cy") == "too_busy"
    assert code_of(crowd, "cy") is None


def test_one_asker_does_not_take_all_the_seats() -> None:
    crowd = Crowd(most_each=1)
    with crowd.seat("ann"):
        assert code_of(crowd, "ann") == "too_many_sockets"
        assert code_of(crowd, "bob") is None
    assert code_of(crowd, "ann") is None


@pytest.mark.parametrize(("asker", "full"), [("pass:ann", True), (ASKER, False)])
def test_named_askers_have_a_bound_and_the_shared_token_has_none(asker: str, full: bool) -> None:
    crowd = Crowd()
    with ExitStack() as seats:
        for _ in range(MOST_EACH):
            seats.enter_context(crowd.seat(asker))
        assert (code_of(crowd, asker) is not None) is full


def test_who_was_refused_leaves_no_trace() -> None:
    crowd = Crowd(most=1)
    with crowd.seat("ann"):
        for _ in range(3):
            assert code_of(crowd, "bob") == "too_busy"
    assert code_of(crowd, "bob") is None


def test_there_is_never_more_room_than_the_system_gives() -> None:
    raise_limit()
    crowd = Crowd(most=10**9)
    assert crowd._most == room_for_sockets() < 10**9
