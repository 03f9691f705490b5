"""How long work tells whoever waits for it how far it has got."""

from typing import Protocol


class Progress(Protocol):
    """Told again and again: `done` of `total` pieces of a task, first with 0 and last with `total`."""

    def __call__(self, task: str, done: int, total: int) -> None:
        """Take note. Must not raise, and must not take long."""
        ...
