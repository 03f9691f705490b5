"""Supervisor of the embedded PostgreSQL: restart limit, failed restarts and restarts by other processes."""

import asyncio
import logging

import pytest

from store.embedded.supervisor import RestartLimit, ServerSupervisor
from store.errors import StoreUnavailable
from tests.fixtures.eventually import eventually


class DyingServer:
    """Server that dies after each look at its process id; the time advances by a minute for each restart."""

    def __init__(self, *, failing: bool = False, minutes: int = 1) -> None:
        self.restarts = 0
        self.now = 0.0
        self._failing = failing
        self._minutes = minutes

    def pid(self) -> int | None:
        return None

    async def restart(self) -> bool:
        self.restarts += 1
        self.now += 60 * self._minutes
        if self._failing:
            raise StoreUnavailable("The disk is full.")
        return True

    def supervisor(self) -> ServerSupervisor:
        return ServerSupervisor(self.pid, self.restart, RestartLimit(clock=lambda: self.now), 0)


async def test_five_restarts_in_five_minutes_are_enough(caplog: pytest.LogCaptureFixture) -> None:
    server = DyingServer(minutes=0)
    await server.supervisor().run()
    assert server.restarts == 5
    counts = [(record.levelno, vars(record)["restarts"]) for record in caplog.records]
    assert counts == [*((logging.WARNING, n) for n in range(1, 6)), (logging.ERROR, 5)]


async def test_restarts_before_the_window_do_not_count() -> None:
    server = DyingServer(minutes=1)
    supervising = asyncio.create_task(server.supervisor().run())

    async def has_restarted_often() -> bool:
        return server.restarts >= 20

    await eventually(has_restarted_often)
    assert not supervising.done()
    supervising.cancel()


async def test_failed_restarts_count(caplog: pytest.LogCaptureFixture) -> None:
    server = DyingServer(failing=True, minutes=0)
    await server.supervisor().run()
    assert server.restarts == 5
    assert vars(caplog.records[0])["reason"] == "The disk is full."


async def test_restarts_by_other_processes_count() -> None:
    server = DyingServer(minutes=0)
    pids = iter([1, 1, 2, 3, 4])
    supervisor = ServerSupervisor(
        lambda: next(pids, None), server.restart, RestartLimit(clock=lambda: 0.0), 0
    )
    await supervisor.run()
    assert server.restarts == 2
