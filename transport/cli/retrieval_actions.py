"""`querent eval retrieval`."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from graph.evaluation.datasets import find_databases, read_conversations
from graph.evaluation.retrieval_benchmark import measure_pool, read_catalog, read_needed
from graph.evaluation.retrieval_recall import ContextTally, measure_context
from graph.factories import open_embedders
from graph.settings import Settings
from transport.cli.progress import showing
from transport.cli.runtime import Unusable


def cuts_of(typed: str) -> Sequence[int]:
    """Read numbers with commas between them. Raises `Unusable`."""
    try:
        cuts = [int(part) for part in typed.split(",")]
    except ValueError as error:
        raise Unusable(f"{typed} must be numbers with commas between them, such as 5,15.") from error
    if min(cuts) < 1:
        raise Unusable("--k must be at least 1.")
    return cuts


def in_a_pool(
    settings: Settings, files: tuple[Path, Path], cuts: Sequence[int], console: Console
) -> dict[str, Any]:
    """Search one pool of tables; the files are the catalog and the gold. Raises `EvaluationUnusable`."""
    catalog, gold = files
    tables, needed = read_catalog(catalog), read_needed(gold)
    with showing(console, "Reading the catalog") as progress:
        return measure_pool(tables, open_embedders(settings)[0], needed, cuts, progress)


async def in_each(
    settings: Settings, given: tuple[Path, Path], budget: int, console: Console
) -> ContextTally:
    """Search each question's own database; given are the questions and a folder.

    Raises `EvaluationUnusable`, `TargetUnavailable`.
    """
    questions, databases = given
    conversations = read_conversations(questions, "questions")
    files = find_databases(conversations, databases)
    with showing(console, "Reading the questions") as progress:
        embedder = await asyncio.to_thread(open_embedders, settings)
        return await measure_context(conversations, files, embedder[0], budget, progress)


def pool_in_words(figures: dict[str, Any]) -> str:
    """Print the figures for people."""
    lines = [f"{figures['questions']:,} questions on {figures['tables']:,} tables, {figures['embedder']}"]
    for k, share in figures["all_gold"].items():
        lines.append(
            f"first {k}: all tables found for {share:.1%}, of the tables {figures['mean_recall'][k]:.1%}"
        )
    lines.append(f"a search: median {figures['ms']['p50']} ms, 99 of 100 within {figures['ms']['p99']} ms")
    return "\n".join(lines)


def context_in_words(tally: ContextTally, misses: bool) -> str:
    """Print the figures for people; before them, when wanted, each thing that was not shown."""
    figures = tally.figures()
    lines = list(_misses(tally)) if misses else []
    lines.append(f"{figures['questions']:,} questions")
    for kind in ("tables", "columns"):
        lines.append(f"all {kind} shown: {figures[kind]:.1%}")
    if "literals" in figures:
        lines.append(f"literals found: {figures['literals']:.1%} of {figures['of_literals']:,}")
    return "\n".join(lines)


def _misses(tally: ContextTally) -> Iterator[str]:
    return (
        f"{miss.kind}  {miss.database}  {', '.join(miss.names)}  –  {miss.question}" for miss in tally.misses
    )
