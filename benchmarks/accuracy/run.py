"""Measure answer accuracy on the sample shop: `make eval`, or `make eval ARGS="--each"`.

Asks the questions of `tests/shop_questions.yaml` through the whole graph over the sample shop, and compares
the rows with those of hand-written queries. The settings select the built-in analyst or a model.
"""

import argparse
import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import yaml
from rich.console import Console

from agent.results.comparison import is_ordered, same_rows
from graph.admin.schema_sync import DEFAULT_DATABASE
from graph.build import Assistant, build_graph
from graph.compose import open_components
from graph.events import DraftWritten, RowBatch, RunEvent
from graph.settings import Settings
from graph.state import RunInput
from store.sample.load import write_sqlite

QUESTIONS = Path(__file__).parents[2] / "tests" / "shop_questions.yaml"

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its gold query; follow-ups share `chain`. `exact`: no additional columns allowed."""

    chain: int
    text: str
    sql: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a question; `rows` is None if it was not answered."""

    question: Question
    sql: str
    rows: list[Row] | None
    correct: bool


def read_questions(document: dict[str, Any]) -> Iterator[Question]:
    """Read all questions, in the order in which they are asked."""
    chains = [[single] for single in document["single"]] + document["chains"]
    for number, chain in enumerate(chains):
        for entry in chain:
            yield Question(number, entry["question"], entry["sql"], entry.get("columns") != "some")


def is_same_result(rows: Sequence[Row], expected_rows: Sequence[Row], question: Question) -> bool:
    """Compare two results in any column order; row order counts if the gold query sorts."""
    ordered = is_ordered(question.sql, "sqlite")
    normalized = ([list(map(_normalize, row)) for row in result] for result in (rows, expected_rows))
    return same_rows(*normalized, ordered=ordered, more_columns=not question.exact)


def _normalize(value: Any) -> Any:
    """Convert digit strings: a year is a number in PostgreSQL, but text in SQLite."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


async def ask(assistant: Assistant, thread: str, question: Question, shop: sqlite3.Connection) -> Answer:
    """Ask one question and compare the rows."""
    rows: list[Row] | None = None
    events: list[RunEvent] = []
    sql = ""
    run_input: RunInput = {"question": question.text, "database": DEFAULT_DATABASE}
    config: Any = {"configurable": {"thread_id": thread}}
    context = await assistant.contexts.create(DEFAULT_DATABASE, None, events.append)
    await assistant.graph.ainvoke(run_input, config, context=context)
    for event in events:
        match event:
            case DraftWritten():
                sql = event.sql
            case RowBatch():
                rows = [*(rows or []), *event.rows] if event.offset else list(event.rows)
    expected_rows = shop.execute(question.sql).fetchall()
    return Answer(question, sql, rows, rows is not None and is_same_result(rows, expected_rows, question))


async def measure(settings: Settings, folder: Path) -> list[Answer]:
    """Ask all questions with the date they were written for."""
    document = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    write_sqlite(folder / "shop.sqlite", no_progress)
    with sqlite3.connect(folder / "shop.sqlite") as shop:
        async with open_components(settings, no_progress) as components:
            contexts = replace(components.contexts, today=lambda: document["today"])
            assistant = Assistant(build_graph(components.nodes, components.saver), contexts)
            threads = [str(uuid4()) for _ in range(len(document["single"]) + len(document["chains"]))]
            return [
                await ask(assistant, threads[question.chain], question, shop)
                for question in read_questions(document)
            ]


def no_progress(task: str, done: int, total: int) -> None:
    """Ignore progress."""


def print_report(answers: Sequence[Answer], each: bool) -> None:
    """Print the counts and, with `each`, the questions that were not correct."""
    console = Console(highlight=False)
    for answer in answers:
        if each and not answer.correct:
            console.print(
                f"[bold]{'wrong' if answer.rows is not None else 'not answered'}[/]: {answer.question.text}"
            )
            console.print(f"  gold  {answer.question.sql}\n  wrote {answer.sql or 'nothing'}", markup=False)
    right = sum(answer.correct for answer in answers)
    answered = sum(answer.rows is not None for answer in answers)
    console.print(
        f"{right} of {len(answers)} right, {answered - right} wrong, {len(answers) - answered} not answered"
    )


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description="Measure answer accuracy on the sample shop.")
    parser.add_argument("--each", action="store_true", help="show each incorrect answer")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="querent-eval-") as folder:
        settings = Settings().model_copy(
            update={"data": Path(folder, "data"), "store_url": None, "clarify": "never", "approve": "never"}
        )
        print_report(asyncio.run(measure(settings, Path(folder))), options.each)


if __name__ == "__main__":
    main()
