"""Sampling profiler: runs the service and samples its stacks a few hundred times per CPU second.

python -m benchmarks.sampling_profiler FILE serve      SIGUSR1 begins, SIGUSR2 writes FILE

Each line of the file is a count and a stack, outermost frame first.
"""

import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

# In CPU time; the kernel rounds it up.
INTERVAL_S = 0.002


class Sampler:
    """Counts stacks of the main thread by CPU time; waiting is not sampled."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stacks: Counter[str] = Counter()

    def begin(self, *_: object) -> None:
        """Reset the counts and start sampling."""
        self._stacks.clear()
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_S, INTERVAL_S)

    def write(self, *_: object) -> None:
        """Stop sampling and write the counts."""
        signal.setitimer(signal.ITIMER_PROF, 0.0, 0.0)
        lines = (f"{count} {stack}\n" for stack, count in self._stacks.items())
        draft = self._path.with_suffix(".draft")
        draft.write_text("".join(lines), encoding="utf-8")
        # Renamed at the end, so that a reader never sees a partial file.
        draft.rename(self._path)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        stack: list[str] = []
        while frame is not None:
            stack.append(frame.f_code.co_filename)
            frame = frame.f_back
        self._stacks[";".join(reversed(stack))] += 1


def main() -> None:
    """Run the CLI with the profiler in its process."""
    path, *words = sys.argv[1:]
    sampler = Sampler(Path(path))
    signal.signal(signal.SIGUSR1, sampler.begin)
    signal.signal(signal.SIGUSR2, sampler.write)
    sys.argv = ["querent", *words]
    runpy.run_module("transport.cli.main", run_name="__main__")


if __name__ == "__main__":
    main()
