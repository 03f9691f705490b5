"""Progress callback of long-running work."""

from typing import Protocol


class Progress(Protocol):
    """Callback for progress reports: first with `done` 0, last with `done` equal to `total`."""

    def __call__(self, task: str, done: int, total: int) -> None:
        """Record that `done` of `total` units of a task are finished. Must neither raise nor block."""
        ...
