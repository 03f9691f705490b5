from store.rows import Limits
from store.targets.result_limits import Cut, weigh


def test_rows_are_taken_up_to_the_limit() -> None:
    cut = Cut(Limits(rows=2))
    assert [cut.take((number,)) for number in range(3)] == [True, True, False]
    assert cut.rows == [(0,), (1,)]
    assert cut.truncated


def test_a_single_value_above_the_byte_limit_is_left_out() -> None:
    cut = Cut(Limits(bytes=10))
    assert not cut.take(("x" * 11,))
    assert cut.rows == []
    assert cut.truncated


def test_nested_values_weigh_what_is_in_them() -> None:
    assert weigh({"ab": ["cde", b"f"]}) == 6
    assert weigh((1, None)) == 16
