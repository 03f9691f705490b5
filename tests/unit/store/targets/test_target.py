from store.rows import Limits
from store.targets.target import ResultBuffer, estimate_size


def test_rows_are_taken_up_to_the_limit() -> None:
    buffer = ResultBuffer(Limits(rows=2))
    assert [buffer.add((number,)) for number in range(3)] == [True, True, False]
    assert buffer.rows == [(0,), (1,)]
    assert buffer.truncated


def test_a_single_value_above_the_byte_limit_is_left_out() -> None:
    buffer = ResultBuffer(Limits(bytes=10))
    assert not buffer.add(("x" * 11,))
    assert buffer.rows == []
    assert buffer.truncated


def test_nested_values_weigh_what_is_in_them() -> None:
    assert estimate_size({"ab": ["cde", b"f"]}) == 6
    assert estimate_size((1, None)) == 16
