"""Benchmarks of `querent eval`: run Spider, dialogues and retrieval benchmarks, and print their metrics."""

import asyncio
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
from graph.evaluation.datasets import DatasetFormat, find_databases, read_dialogues
from graph.evaluation.harness import AnalystName, EvaluationOptions, open_harness
from graph.evaluation.metrics import compute_metrics, prediction_record
from graph.evaluation.retrieval_benchmark import read_catalog, read_table_questions, run_table_retrieval
from graph.evaluation.retrieval_recall import RecallTally, measure_recall
from graph.evaluation.runner import EvaluationRunner, ScoredQuestion
from graph.factories import open_embedders
from graph.settings import Settings
from transport.cli.runtime import UsageError, print_json, progress_bar

# More concurrent dialogues would exceed the rate limits of model providers.
MODEL_CONCURRENCY = 4


@dataclass(frozen=True, slots=True)
class BenchmarkInput:
    """Dataset of a benchmark, and how much of it is run concurrently."""

    dataset_format: DatasetFormat
    questions: Path
    databases: Path
    limit: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class OutputFiles:
    """Files for the result of each question."""

    predictions: Path | None = None
    mistakes: Path | None = None


def evaluation_options(
    analyst: str, threshold: float | None, today: str | None, guess: bool = False
) -> EvaluationOptions:
    """Build the options of an evaluation from the command line. Raises `UsageError`."""
    analysts: tuple[AnalystName, ...] = get_args(AnalystName)
    name = next((candidate for candidate in analysts if candidate == analyst), None)
    if name is None:
        raise UsageError(f"Unknown analyst {analyst}. Analysts: {', '.join(analysts)}.")
    try:
        day = date.fromisoformat(today) if today else date.today()
    except ValueError as error:
        raise UsageError(f"{today} is not a date. Write it as 2026-03-31.") from error
    return EvaluationOptions(name, day, THRESHOLD if threshold is None else threshold, guess)


async def run_benchmark(
    settings: Settings,
    dataset: BenchmarkInput,
    options: EvaluationOptions,
    files: OutputFiles,
    console: Console,
) -> list[list[ScoredQuestion]]:
    """Ask and score all questions. Raises `InvalidEvaluationInput`, `UsageError`, `TargetUnavailable`."""
    dialogues = read_dialogues(dataset.questions, dataset.dataset_format)[: dataset.limit]
    databases = find_databases(dialogues, dataset.databases)
    concurrency = dataset.concurrency or (MODEL_CONCURRENCY if options.analyst == "model" else 1)
    with ExitStack() as stack:
        # Opened first, so that an unwritable file fails before an hour of questions.
        writer = _ResultWriter(_open_file(files.predictions, stack), _open_file(files.mistakes, stack))
        with progress_bar(console, "Opening the analyst") as progress:
            async with open_harness(settings, options) as harness:
                runner = EvaluationRunner(harness, databases, concurrency)
                return await runner.measure(dialogues, progress, writer.write)


@dataclass(frozen=True, slots=True)
class _ResultWriter:
    """Writes each result as soon as it is known, so that an interrupted benchmark loses nothing."""

    predictions: IO[str] | None
    mistakes: IO[str] | None

    def write(self, scored: ScoredQuestion) -> None:
        if self.predictions is not None:
            self.predictions.write(f"{json.dumps(prediction_record(scored))}\n")
        if self.mistakes is not None and not scored.correct:
            self.mistakes.writelines(f"{line}\n" for line in _describe_mistake(scored))


def print_metrics(scored: Sequence[Sequence[ScoredQuestion]], as_json: bool) -> None:
    """Print the metrics of a benchmark, as text or JSON."""
    metrics = compute_metrics(scored)
    if as_json:
        print_json(metrics)
    else:
        _print_metrics_text(metrics, Console(highlight=False, soft_wrap=True))


def _print_metrics_text(metrics: dict[str, Any], console: Console) -> None:
    console.print(_accuracy_table(metrics))
    if metrics["with_guesses"]["right"] > metrics["right"]:
        accuracy = metrics["with_guesses"]["accuracy"]
        console.print(f"accuracy when ambiguous questions are guessed instead of clarified: {accuracy:.1%}")
    if "dialogues" in metrics:
        dialogues = metrics["dialogues"]
        console.print(
            f"dialogues with all turns correct: {dialogues['all_turns_correct']} of {dialogues['dialogues']}"
            f" ({dialogues['accuracy']:.1%})"
        )
    if failed := metrics["failed_gold_queries"]:
        console.print(f"gold queries that fail, counted as not correct: {failed}")
    console.print("outcomes: " + ", ".join(f"{name} {count}" for name, count in metrics["outcomes"].items()))
    for key, label in (("ms", "analysis, retrieval and drafting"), ("turn_ms", "whole turn")):
        console.print(
            f"{label}, without the database: median {metrics[key]['median']:.1f} ms,"
            f" p99 {metrics[key]['p99']:.1f} ms"
        )
    if metrics["tokens"]["input"]:
        cost = "" if metrics["cost"] is None else f"; cost {metrics['cost']:,.4f}"
        console.print(f"tokens: {metrics['tokens']['input']:,} in, {metrics['tokens']['output']:,} out{cost}")


def _accuracy_table(metrics: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in ("questions", "accuracy", "answered", "precision"):
        table.add_column(name, justify="right")
    groups = [("all", metrics), *metrics["by_hardness"].items()]
    groups += [(f"confidence ≥ {group['at_least']}", group) for group in metrics["by_confidence"]]
    for name, group in groups:
        rates = (f"{group[key]:.1%}" for key in ("accuracy", "coverage", "precision"))
        table.add_row(name, f"{group['questions']:,}", *rates)
    return table


def _describe_mistake(scored: ScoredQuestion) -> Iterator[str]:
    reply = scored.reply
    status = "not answered" if reply.sql is None else f"wrong ({reply.confidence:.2f})"
    yield f"{scored.gold.id}  {scored.database}  {scored.hardness}  {status}"
    yield f"  question   {scored.gold.question}"
    yield f"  gold       {scored.gold.sql}{'' if scored.gold_runs else '  (fails)'}"
    yield f"  generated  {reply.sql}" if reply.sql else f"  reply      {' '.join(reply.words.split())}"
    yield ""


def _open_file(path: Path | None, stack: ExitStack) -> IO[str] | None:
    try:
        return stack.enter_context(path.open("w", encoding="utf-8", buffering=1)) if path else None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def parse_cutoffs(text: str) -> Sequence[int]:
    """Parse cutoffs such as `5,15`. Raises `UsageError`."""
    try:
        cutoffs = [int(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(f"--k must be numbers separated by commas, such as 5,15, not {text}.") from error
    if min(cutoffs) < 1:
        raise UsageError("--k must be at least 1.")
    return cutoffs


def run_pooled_retrieval(
    settings: Settings, catalog: Path, gold: Path, cutoffs: Sequence[int], console: Console
) -> dict[str, Any]:
    """Measure table retrieval in one pool of all tables. Raises `InvalidEvaluationInput`."""
    tables, questions = read_catalog(catalog), read_table_questions(gold)
    with progress_bar(console, "Reading the catalog") as progress:
        return run_table_retrieval(tables, open_embedders(settings)[0], questions, cutoffs, progress)


async def run_context_retrieval(
    settings: Settings, questions: Path, databases: Path, budget: int, console: Console
) -> RecallTally:
    """Measure retrieval in the database of each question, within a budget of tokens.

    Raises `InvalidEvaluationInput`, `TargetUnavailable`.
    """
    dialogues = read_dialogues(questions, "questions")
    files = find_databases(dialogues, databases)
    with progress_bar(console, "Reading the questions") as progress:
        embedders = await asyncio.to_thread(open_embedders, settings)
        return await measure_recall(dialogues, files, embedders[0], budget, progress)


def describe_pooled_retrieval(metrics: dict[str, Any]) -> str:
    """Describe the metrics of pooled table retrieval."""
    lines = [f"{metrics['questions']:,} questions on {metrics['tables']:,} tables, {metrics['embedder']}"]
    for cutoff, share in metrics["all_gold"].items():
        recall = metrics["mean_recall"][cutoff]
        lines.append(f"top {cutoff}: all tables found for {share:.1%} of questions, mean recall {recall:.1%}")
    lines.append(f"search: median {metrics['ms']['p50']} ms, p99 {metrics['ms']['p99']} ms")
    return "\n".join(lines)


def describe_context_retrieval(tally: RecallTally, with_misses: bool) -> str:
    """Describe the metrics of context retrieval, after the misses if requested."""
    metrics = tally.metrics()
    lines = list(_describe_misses(tally)) if with_misses else []
    lines.append(f"{metrics['questions']:,} questions")
    for kind in ("tables", "columns"):
        lines.append(f"all {kind} retrieved: {metrics[kind]:.1%}")
    if "literals" in metrics:
        lines.append(f"literals found: {metrics['literals']:.1%} of {metrics['literals_total']:,}")
    return "\n".join(lines)


def _describe_misses(tally: RecallTally) -> Iterator[str]:
    return (
        f"{miss.kind}  {miss.database}  {', '.join(miss.names)}  –  {miss.question}" for miss in tally.misses
    )
