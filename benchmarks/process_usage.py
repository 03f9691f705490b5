"""What a program uses: processor time and memory of it and of all its children."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class CpuUsage:
    """Processor seconds so far."""

    service: float
    postgres: float

    def since(self, before: "CpuUsage") -> "CpuUsage":
        """What was used in between."""
        return CpuUsage(self.service - before.service, self.postgres - before.postgres)


def cpu_usage(services: list[int], postgres: int | None) -> CpuUsage:
    """Processor time of service processes with their helpers, and of PostgreSQL with its back ends."""
    return CpuUsage(sum(map(_tree_cpu_s, services)), 0.0 if postgres is None else _tree_cpu_s(postgres))


def process_cpu_s(pid: int) -> float:
    """Processor time of one process without its children, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def resident_bytes(pid: int) -> int:
    """Memory of one process without its children, in bytes."""
    return int(psutil.Process(pid).memory_info().rss)


def _tree_cpu_s(pid: int) -> float:
    total = 0.0
    for process in _process_tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            # Children that ended count too: PostgreSQL has a process for each connection.
            total += times.user + times.system
            if process.pid == pid:
                total += times.children_user + times.children_system
    return total


def _process_tree(pid: int) -> Iterator[psutil.Process]:
    top = psutil.Process(pid)
    yield top
    yield from top.children(recursive=True)
