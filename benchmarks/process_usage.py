"""CPU time and memory of a process and its children."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class CpuUsage:
    """CPU seconds used so far."""

    service: float
    postgres: float

    def since(self, before: "CpuUsage") -> "CpuUsage":
        """Return the difference to an earlier reading."""
        return CpuUsage(self.service - before.service, self.postgres - before.postgres)


def cpu_usage(services: list[int], postgres: int | None) -> CpuUsage:
    """Read the CPU time of service processes with their children, and of PostgreSQL with its backends."""
    return CpuUsage(sum(map(_tree_cpu_s, services)), 0.0 if postgres is None else _tree_cpu_s(postgres))


def process_cpu_s(pid: int) -> float:
    """Read the CPU time of one process without its children, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def resident_bytes(pid: int) -> int:
    """Read the resident memory of one process without its children, in bytes."""
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
