"""What a program uses: processor time and memory of it and of all its children."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Used:
    """Processor seconds so far."""

    service: float
    postgres: float

    def since(self, before: "Used") -> "Used":
        """What was used in between."""
        return Used(self.service - before.service, self.postgres - before.postgres)


def used(services: list[int], postgres: int | None) -> Used:
    """Processor time of service processes with their helpers, and of PostgreSQL with its back ends."""
    return Used(sum(map(_cpu_of, services)), 0.0 if postgres is None else _cpu_of(postgres))


def own_cpu(pid: int) -> float:
    """Processor time of one process without its children, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def memory_of(pid: int) -> int:
    """Memory of one process without its children, in bytes."""
    return int(psutil.Process(pid).memory_info().rss)


def _cpu_of(pid: int) -> float:
    total = 0.0
    for process in _family(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            # Children that ended count too: PostgreSQL has a process for each connection.
            total += times.user + times.system
            if process.pid == pid:
                total += times.children_user + times.children_system
    return total


def _family(pid: int) -> Iterator[psutil.Process]:
    top = psutil.Process(pid)
    yield top
    yield from top.children(recursive=True)
