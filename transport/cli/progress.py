"""Long work shown to whoever waits: bars on a terminal, a line at either end elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from store.progress import Progress as Tell


@contextmanager
def showing(console: Console, first: str) -> Iterator[Tell]:
    """Show progress on the console until the block ends; `first` is what goes on before anything is told."""
    if console.is_terminal:
        with _bars(console) as bars:
            yield Bars(bars, first)
    else:
        yield Lines(console, first)


def _bars(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


class Bars:
    """One bar for each task."""

    def __init__(self, bars: Progress, first: str) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._first: TaskID | None = bars.add_task(first, total=None)

    def __call__(self, task: str, done: int, total: int) -> None:
        """Move the bar of a task."""
        if self._first is not None:
            self._bars.update(self._first, total=1, completed=1)
            self._first = None
        if task not in self._tasks:
            self._tasks[task] = self._bars.add_task(task, total=total)
        self._bars.update(self._tasks[task], completed=done, total=total)


class Lines:
    """A line when a task begins, and one when it is done."""

    def __init__(self, console: Console, first: str) -> None:
        self._console = console
        self._begun: set[str] = set()
        self._done: set[str] = set()
        self._console.print(f"{first} …", highlight=False)

    def __call__(self, task: str, done: int, total: int) -> None:
        """Tell the ends of a task."""
        if task not in self._begun:
            self._begun.add(task)
            self._console.print(f"{task} …", highlight=False)
        if done >= total and task not in self._done:
            self._done.add(task)
            self._console.print(f"{task}: done", highlight=False)
