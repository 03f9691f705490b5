"""`querent eval spider` and `querent eval dialogues`."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, get_args

from rich.console import Console
from rich.table import Table

from agent.builtin.confidence import THRESHOLD
from graph.evaluation.datasets import Form, find_databases, read_conversations
from graph.evaluation.harness import AnalystName, Wanted, open_bench
from graph.evaluation.metrics import figures_of, prediction_of
from graph.evaluation.runner import Measurement, Scored
from graph.settings import Settings
from transport.cli.output import print_json
from transport.cli.progress import showing
from transport.cli.runtime import Unusable

# A model's provider takes several questions at a time; more would meet its limits.
MODEL_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be asked, as it was typed."""

    form: Form
    questions: Path
    databases: Path
    limit: int | None = None
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Papers:
    """Where to write what came of each question."""

    predictions: Path | None = None
    mistakes: Path | None = None


def wanted(analyst: str, threshold: float | None, today: str | None, guess: bool = False) -> Wanted:
    """Read who is to answer. Raises `Unusable`."""
    known: tuple[AnalystName, ...] = get_args(AnalystName)
    name = next((each for each in known if each == analyst), None)
    if name is None:
        raise Unusable(f"There is no analyst {analyst}; there are {' and '.join(known)}.")
    try:
        day = date.fromisoformat(today) if today else date.today()
    except ValueError as error:
        raise Unusable(f"{today} is no day; write it as 2026-03-31.") from error
    return Wanted(name, day, THRESHOLD if threshold is None else threshold, guess)


async def measure(
    settings: Settings, asked: Asked, by: Wanted, papers: Papers, console: Console
) -> list[list[Scored]]:
    """Put all questions. Raises `EvaluationUnusable`, `Unusable`, `TargetUnavailable`."""
    conversations = read_conversations(asked.questions, asked.form)[: asked.limit]
    files = find_databases(conversations, asked.databases)
    at_once = asked.at_once or (MODEL_AT_ONCE if by.analyst == "model" else 1)
    with ExitStack() as stack:
        # Opened first: what cannot be written must not be found out after an hour.
        clerk = _Clerk(_open(papers.predictions, stack), _open(papers.mistakes, stack))
        with showing(console, "Opening the analyst") as progress:
            async with open_bench(settings, by) as bench:
                return await Measurement(bench, files, at_once).measure(conversations, progress, clerk.write)


@dataclass(frozen=True, slots=True)
class _Clerk:
    """Writes each answer down as it comes, so that nothing is lost when somebody stops the rest."""

    predictions: IO[str] | None
    mistakes: IO[str] | None

    def write(self, one: Scored) -> None:
        if self.predictions is not None:
            self.predictions.write(f"{json.dumps(prediction_of(one))}\n")
        if self.mistakes is not None and not one.right:
            self.mistakes.writelines(f"{line}\n" for line in _mistake(one))


def tell(scored: Sequence[Sequence[Scored]], as_json: bool) -> None:
    """Print the figures, for people or for a script."""
    figures = figures_of(scored)
    print_json(figures) if as_json else show(figures, Console(highlight=False, soft_wrap=True))


def show(figures: dict[str, Any], console: Console) -> None:
    """Print the figures for people."""
    console.print(_shares(figures))
    if figures["guessing"]["right"] > figures["right"]:
        console.print(
            f"right of all, had it taken the likeliest reading instead of asking back:"
            f" {figures['guessing']['of_all']:.1%}"
        )
    if "dialogues" in figures:
        whole = figures["dialogues"]
        console.print(
            f"dialogues with every turn right: {whole['all_turns_right']} of {whole['dialogues']}"
            f" ({whole['of_all']:.1%})"
        )
    if broken := figures["known_query_does_not_run"]:
        console.print(f"known queries that do not run, counted as not right: {broken}")
    console.print("endings: " + ", ".join(f"{name} {count}" for name, count in figures["outcomes"].items()))
    for key, what in (("ms", "to understand, look up and draft"), ("turn_ms", "a whole turn")):
        console.print(
            f"{what}, without the database: median {figures[key]['median']:.1f} ms,"
            f" 99 of 100 within {figures[key]['p99']:.1f} ms"
        )
    if figures["tokens"]["input"]:
        cost = "" if figures["money"] is None else f"; they cost {figures['money']:,.4f}"
        console.print(f"tokens: {figures['tokens']['input']:,} in, {figures['tokens']['output']:,} out{cost}")


def _shares(figures: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in ("questions", "right of all", "answered", "right of answered"):
        table.add_column(name, justify="right")
    rows = [("all", figures), *figures["by_hardness"].items()]
    rows += [(f"confidence ≥ {each['at_least']}", each) for each in figures["by_confidence"]]
    for name, share in rows:
        shares = (f"{share[key]:.1%}" for key in ("of_all", "coverage", "of_answered"))
        table.add_row(name, f"{share['questions']:,}", *shares)
    return table


def _mistake(one: Scored) -> Iterator[str]:
    mark = "not answered" if one.reply.sql is None else f"wrong ({one.reply.confidence:.2f})"
    yield f"{one.known.id}  {one.database}  {one.hardness}  {mark}"
    yield f"  asked  {one.known.question}"
    yield f"  known  {one.known.sql}{'' if one.known_runs else '  (does not run)'}"
    yield f"  {'wrote  ' + one.reply.sql if one.reply.sql else 'said   ' + ' '.join(one.reply.words.split())}"
    yield ""


def _open(path: Path | None, stack: ExitStack) -> IO[str] | None:
    try:
        return stack.enter_context(path.open("w", encoding="utf-8", buffering=1)) if path else None
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}.") from error
