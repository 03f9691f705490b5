"""Progress display: bars on a terminal, a line at start and end of each task elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from store.progress import Progress


@contextmanager
def progress_bar(console: Console, label: str) -> Iterator[Progress]:
    """Show progress while the block runs; `label` is shown until the first task reports."""
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with RichProgress(*columns, console=console, transient=True) as display:
            yield ProgressBars(display, label)
    else:
        yield ProgressLines(console, label)


class ProgressBars:
    """Progress callback that shows one bar per task."""

    def __init__(self, display: RichProgress, label: str) -> None:
        self._display = display
        self._tasks: dict[str, TaskID] = {}
        self._initial: TaskID | None = display.add_task(label, total=None)

    def __call__(self, task: str, done: int, total: int) -> None:
        """Update the bar of a task."""
        if self._initial is not None:
            self._display.update(self._initial, total=1, completed=1)
            self._initial = None
        if task not in self._tasks:
            self._tasks[task] = self._display.add_task(task, total=total)
        self._display.update(self._tasks[task], completed=done, total=total)


class ProgressLines:
    """Progress callback that prints a line when a task starts, and one when it is done."""

    def __init__(self, console: Console, label: str) -> None:
        self._console = console
        self._started: set[str] = set()
        self._done: set[str] = set()
        self._console.print(f"{label} …", highlight=False)

    def __call__(self, task: str, done: int, total: int) -> None:
        """Print the start and the end of a task."""
        if task not in self._started:
            self._started.add(task)
            self._console.print(f"{task} …", highlight=False)
        if done >= total and task not in self._done:
            self._done.add(task)
            self._console.print(f"{task}: done", highlight=False)
