from datetime import datetime

from store.sample.demand import LAST_MOMENT
from store.sample.order_timeline import OrderTimeline, make_timeline
from store.sample.rng import SeededRandom


def courses(ordered_at: datetime) -> list[OrderTimeline]:
    rng = SeededRandom(1)
    return [make_timeline(rng, ordered_at) for _ in range(500)]


def test_old_orders_are_delivered_or_cancelled() -> None:
    assert {timeline.status for timeline in courses(datetime(2025, 1, 1))} == {"delivered", "cancelled"}


def test_orders_of_the_last_minute_are_still_here() -> None:
    assert {timeline.status for timeline in courses(LAST_MOMENT)} <= {"pending", "paid", "cancelled"}


def test_a_parcel_leaves_after_the_order_and_arrives_later_still() -> None:
    ordered_at = datetime(2025, 1, 1)
    for timeline in courses(ordered_at):
        if timeline.shipped_at and timeline.delivered_at:
            assert ordered_at < timeline.shipped_at < timeline.delivered_at


def test_a_cancelled_order_is_never_sent() -> None:
    cancelled = [timeline for timeline in courses(datetime(2025, 1, 1)) if timeline.status == "cancelled"]
    assert cancelled
    assert all(
        timeline.shipped_at is None and timeline.payment in {"failed", "refunded"} for timeline in cancelled
    )


def test_a_bank_transfer_is_awaited_before_shipping() -> None:
    for timeline in courses(datetime(2025, 1, 1)):
        if timeline.method == "bank transfer" and timeline.shipped_at:
            assert timeline.paid_at
            assert timeline.paid_at < timeline.shipped_at


def test_money_that_has_not_come_has_no_date() -> None:
    for timeline in courses(LAST_MOMENT):
        assert (timeline.paid_at is not None) == (timeline.payment in {"paid", "refunded"})
