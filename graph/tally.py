"""What a run took: time by step, drafts, rows, and what a language model was given and gave."""

from dataclasses import asdict
from time import perf_counter
from typing import Any

from graph.events import NAMES, Drafted, RowsArrived, RunEvent, Step


class Tally:
    """Counts along with the events of one run."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._steps: dict[str, float] = {}
        self._drafts = 0
        self._rows = 0
        self._model: dict[str, Any] | None = None

    def note(self, event: RunEvent) -> None:
        """Take an event into account."""
        match event:
            case Step(node=node, ms=float(ms)):
                self._steps[node] = round(self._steps.get(node, 0.0) + ms, 1)
            case Drafted():
                self._drafts += 1
            case RowsArrived(offset=offset, rows=rows):
                self._rows = offset + len(rows)
            case _ if NAMES.get(type(event)) == "usage":
                self._model = asdict(event)

    def usage(self) -> dict[str, Any]:
        """Give what was counted, as JSON carries it."""
        told = {
            "ms": round((perf_counter() - self._began) * 1000, 1),
            "steps": self._steps,
            "drafts": self._drafts,
            "rows": self._rows,
        }
        return told if self._model is None else {**told, "model": self._model}
