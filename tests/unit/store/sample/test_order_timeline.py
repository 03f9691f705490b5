from datetime import datetime

from store.sample.demand import CLOSING
from store.sample.order_timeline import Course, follow
from store.sample.rng import Dice


def courses(ordered_at: datetime) -> list[Course]:
    dice = Dice(1)
    return [follow(dice, ordered_at) for _ in range(500)]


def test_old_orders_are_delivered_or_cancelled() -> None:
    assert {course.status for course in courses(datetime(2025, 1, 1))} == {"delivered", "cancelled"}


def test_orders_of_the_last_minute_are_still_here() -> None:
    assert {course.status for course in courses(CLOSING)} <= {"pending", "paid", "cancelled"}


def test_a_parcel_leaves_after_the_order_and_arrives_later_still() -> None:
    ordered_at = datetime(2025, 1, 1)
    for course in courses(ordered_at):
        if course.shipped_at and course.delivered_at:
            assert ordered_at < course.shipped_at < course.delivered_at


def test_a_cancelled_order_is_never_sent() -> None:
    cancelled = [course for course in courses(datetime(2025, 1, 1)) if course.status == "cancelled"]
    assert cancelled
    assert all(course.shipped_at is None and course.payment in {"failed", "refunded"} for course in cancelled)


def test_a_bank_transfer_is_awaited_before_shipping() -> None:
    for course in courses(datetime(2025, 1, 1)):
        if course.method == "bank transfer" and course.shipped_at:
            assert course.paid_at
            assert course.paid_at < course.shipped_at


def test_money_that_has_not_come_has_no_date() -> None:
    for course in courses(CLOSING):
        assert (course.paid_at is not None) == (course.payment in {"paid", "refunded"})
