import pytest

from transport.client.client import MAX_BACKOFF_S, backoff_s


@pytest.mark.parametrize("tries", range(1, 12))
def test_the_pause_grows_has_an_end_and_is_never_the_same_for_all(tries: int) -> None:
    pauses = {backoff_s(tries) for _ in range(20)}
    longest = min(MAX_BACKOFF_S, 0.1 * 2**tries)
    assert all(longest / 2 <= pause <= longest for pause in pauses)
    assert len(pauses) > 10
