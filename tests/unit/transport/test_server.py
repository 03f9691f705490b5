import asyncio
import socket

import pytest

from transport.server import CannotListen, ShutdownRequest, listen


def test_a_port_is_taken_once() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(CannotListen, match=f"Port {port} on 127.0.0.1 is already in use"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(CannotListen, match=r"Cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 0)


@pytest.mark.skipif(not socket.has_ipv6, reason="This machine has no IPv6.")
def test_the_newer_protocol_works_too() -> None:
    try:
        with listen("::1", 0) as listener:
            assert listener.family == socket.AF_INET6
    except CannotListen:
        pytest.skip("IPv6 is switched off on this machine.")


async def waited_for() -> "tuple[ShutdownRequest, asyncio.Task[None]]":
    task: asyncio.Task[None] = asyncio.create_task(asyncio.Event().wait())  # type: ignore[arg-type]  # never done
    return ShutdownRequest(task), task


async def test_while_opening_the_first_wish_ends_it() -> None:
    ending, task = await waited_for()
    ending.request()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_while_serving_the_second_wish_ends_it() -> None:
    ending, task = await waited_for()
    ending.mark_serving()
    ending.request()
    assert ending.requested.is_set()
    assert not task.cancelling()
    ending.request()
    await asyncio.wait([task])
    assert task.cancelled()
