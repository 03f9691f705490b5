"""Somebody who types commands, in a folder and an environment of their own."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transport.cli.main import main

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def last(self) -> str:
        """The last line of what was told beside the result."""
        return self.err.strip().splitlines()[-1]


@dataclass
class Terminal:
    """Types `querent …`; of the surrounding environment, no setting counts."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def type(self, *words: str, typed_in: str = "", **settings: str) -> Said:
        """Run a command in this process: the imports of a fresh one would take longer than most commands."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        before = dict(os.environ), sys.stdin, list(logging.getLogger().handlers)
        sys.stdin = io.StringIO(typed_in)
        _replace_environment(self._environment(settings))
        try:
            with chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
                code = _exit_code(words)
        finally:
            sys.stdin = before[1]
            _replace_environment(before[0])
            logging.getLogger().handlers = before[2]
        return Said(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))

    @contextmanager
    def starting(self, **settings: str) -> Iterator["subprocess.Popen[str]"]:
        """Run `querent serve` in a process of its own for as long as the block lasts."""
        with subprocess.Popen(
            [sys.executable, "-m", "transport.cli.main", "serve"],
            cwd=self.folder,
            env=self._environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def serving(self, **settings: str) -> Iterator["subprocess.Popen[str]"]:
        """Run `querent serve`, and wait until it has said where it answers."""
        with self.starting(**settings) as process:
            assert process.stdout is not None
            greeting = process.stdout.readline()
            assert greeting.startswith("Querent answers on http://"), greeting
            self.settings["QUERENT_PORT"] = greeting.strip().rpartition(":")[2]
            yield process

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("QUERENT_")}
        named = {f"QUERENT_{name.upper()}": value for name, value in settings.items()}
        return {**ours, "PYTHONPATH": str(ROOT), **self.settings, **named}


def _exit_code(words: tuple[str, ...]) -> int:
    try:
        main(words)
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def _replace_environment(wanted: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(wanted)
