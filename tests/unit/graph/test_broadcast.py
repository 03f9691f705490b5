from datetime import UTC, datetime
from uuid import uuid4

from graph.broadcast import MOST_WAITING, Broadcast
from store.event_batches import LoggedEvent

HERE = uuid4()


def event(seq: int) -> LoggedEvent:
    return LoggedEvent(seq, uuid4(), "custom", {}, "step", datetime.now(UTC))


async def test_a_viewer_gets_what_was_told_in_order() -> None:
    broadcast = Broadcast()
    with broadcast.subscribed(HERE) as subscription:
        broadcast.tell(HERE, [event(1), event(2)])
        broadcast.tell(HERE, [event(3)])
        news = await subscription.next()

    assert news is not None
    assert [event.seq for event in news] == [1, 2, 3]


async def test_a_viewer_who_falls_behind_is_sent_to_the_log() -> None:
    broadcast = Broadcast()
    with broadcast.subscribed(HERE) as subscription:
        for seq in range(1, MOST_WAITING + 2):
            broadcast.tell(HERE, [event(seq)])

        assert await subscription.next() is None


async def test_a_hint_about_events_of_our_own_is_no_news() -> None:
    broadcast = Broadcast()
    with broadcast.subscribed(HERE) as subscription:
        broadcast.tell(HERE, [event(1)])
        await subscription.next()
        broadcast.hint(HERE, 1)
        broadcast.tell(HERE, [event(2)])
        news = await subscription.next()

    assert news is not None
    assert [event.seq for event in news] == [2]


async def test_a_hint_from_another_process_sends_to_the_log() -> None:
    broadcast = Broadcast()
    with broadcast.subscribed(HERE) as subscription:
        broadcast.hint(HERE, 5)

        assert await subscription.next() is None


async def test_other_conversations_are_not_heard() -> None:
    broadcast = Broadcast()
    with broadcast.subscribed(HERE) as subscription:
        broadcast.tell(uuid4(), [event(9)])
        broadcast.tell(HERE, [event(1)])
        news = await subscription.next()

    assert news is not None
    assert [event.seq for event in news] == [1]


async def test_a_hint_about_what_a_viewer_read_in_the_log_is_no_news() -> None:
    broadcast = Broadcast()
    with broadcast.subscribed(HERE) as subscription:
        subscription.passed(4)
        broadcast.hint(HERE, 4)
        broadcast.tell(HERE, [event(5)])
        news = await subscription.next()

    assert news is not None
    assert [event.seq for event in news] == [5]
