"""Measure the built-in analyst on questions with gold queries: coverage and accuracy.

    python -m benchmarks.accuracy.spider QUESTIONS.jsonl DATABASES [--limit N] [--errors OUT.txt]

Questions are lines `{"id", "db", "question", "sql"}`, or, for dialogues, `{"id", "db", "turns":
[{"question", "sql"}]}`. An answer is correct if it gives the same rows as the gold query, in any column
order; row order counts if the gold query sorts.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from agent.analyst import Draft, DraftContext, Memory, Turn
from agent.builtin.analyst import BuiltinAnalyst
from agent.results.comparison import same_rows
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import SearchResult
from schema_docs.values.index import ValueIndex, match_values
from store.targets.sqlite.target import SqliteTarget

TODAY = date(2026, 11, 21)
MAX_VALUES = 5_000
MAX_VALUE_LENGTH = 100
MAX_ROWS = 20_000
MAX_STEPS = 3_000_000

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """A database with its schema map and value index."""

    path: Path
    schema: SchemaMap
    values: ValueIndex


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one question."""

    id: str
    database: str
    question: str
    gold: str
    sql: str | None
    confidence: float
    ms: float
    correct: bool
    record: str = ""


@dataclass
class Tally:
    """Counts over all answers."""

    answers: list[Answer] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        count = len(self.answers) or 1
        answered = [answer for answer in self.answers if answer.sql]
        right = sum(answer.correct for answer in answered)
        times = sorted(answer.ms for answer in self.answers) or [0.0]
        yield f"questions {len(self.answers)}"
        yield f"right of all {right / count:.1%}"
        yield f"coverage {len(answered) / count:.1%}"
        yield f"right of answered {right / max(len(answered), 1):.1%}"
        yield f"ms median {statistics.median(times):.1f}, p99 {times[int(len(times) * 0.99)]:.1f}"

    def by_database(self) -> Iterator[str]:
        for database in sorted({answer.database for answer in self.answers}):
            answers = [answer for answer in self.answers if answer.database == database]
            right, answered = sum(a.correct for a in answers), sum(bool(a.sql) for a in answers)
            yield f"{database:40} {right:4} of {len(answers):4}, answered {answered}"


async def open_database(path: Path) -> Database:
    """Build the schema map and value index of a SQLite file."""
    target = SqliteTarget(path)
    catalog = await target.catalog()
    profiles, values = {}, []
    for table in catalog:
        profiles[table.full_name] = {p.column: p for p in await target.profile(table)}
        for column in table.columns:
            if column.kind in {"text", "other"}:
                stored = await target.distinct_values(table, column.name, MAX_VALUES)
                values += [(table.full_name, column.name, v) for v in stored if len(v) <= MAX_VALUE_LENGTH]
    await target.close()
    return Database(path, SchemaMap(path.stem, 1, catalog, {}, profiles), ValueIndex(values))


def run_query(path: Path, sql: str) -> list[Row] | None:
    """Run a query read-only with at most `MAX_STEPS` virtual-machine steps; None if it fails."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    remaining_steps = [MAX_STEPS // 1000]

    def tick() -> bool:
        remaining_steps[0] -= 1
        return remaining_steps[0] < 0

    connection.set_progress_handler(tick, 1000)
    try:
        return connection.execute(sql).fetchmany(MAX_ROWS)
    except sqlite3.Error:
        return None
    finally:
        connection.close()


def is_same_result(rows: Sequence[Row], gold_rows: Sequence[Row], ordered: bool) -> bool:
    """Compare two results in any column order."""
    return same_rows(rows, gold_rows, ordered=ordered)


class Session:
    """A conversation with the built-in analyst."""

    def __init__(self, analyst: BuiltinAnalyst, database: Database) -> None:
        self._analyst = analyst
        self._database = database
        self._memory = Memory()

    async def ask(self, id: str, question: str, gold: str) -> Answer:
        """Ask a question, run the query and compare its rows with the gold rows."""
        schema, started = self._database.schema, time.perf_counter()
        intent = await self._analyst.understand(question, self._memory, schema, TODAY)
        draft = None
        if intent.kind in {"data", "unclear"}:
            retrieval = SearchResult(1, values=match_values(intent.question, self._database.values))
            draft = await self._analyst.draft(DraftContext(intent, self._memory, schema, retrieval, TODAY))
        ms = (time.perf_counter() - started) * 1_000
        sql, plan, confidence = (
            (draft.sql, draft.plan, draft.confidence) if isinstance(draft, Draft) else (None, None, 0.0)
        )
        note = "" if sql else f"{intent.kind}: {getattr(draft, 'reply', '')}"
        turn = Turn(question, intent.question, "", "answered" if sql else "unclear", sql, plan)
        self._memory = Memory((*self._memory.turns, turn)[-8:])
        is_right = bool(sql) and self._is_right(sql or "", gold)
        return Answer(id, self._database.path.stem, question, gold, sql, confidence, ms, is_right, note)

    def _is_right(self, sql: str, gold: str) -> bool:
        gold_rows, rows = run_query(self._database.path, gold), run_query(self._database.path, sql)
        return (
            gold_rows is not None
            and rows is not None
            and is_same_result(rows, gold_rows, " order by " in gold.lower())
        )


async def measure(questions: Sequence[dict[str, Any]], folder: Path) -> Tally:
    """Ask all questions; each dialogue is a conversation of its own."""
    analyst, tally = BuiltinAnalyst(), Tally()
    databases: dict[str, Database] = {}
    for question in questions:
        name = question["db"]
        if name not in databases:
            databases[name] = await open_database(folder / f"{name}.sqlite")
        session = Session(analyst, databases[name])
        for number, turn in enumerate(question.get("turns", [question])):
            id = f"{question['id']}/{number + 1}" if "turns" in question else question["id"]
            tally.answers.append(await session.ask(id, turn["question"], turn["sql"]))
    return tally


def write_errors(tally: Tally, out: Path) -> None:
    """Write the incorrect and unanswered questions to a file."""
    lines = []
    for answer in tally.answers:
        if not answer.correct:
            mark = "WRONG" if answer.sql else "-----"
            lines += [
                f"{mark} {answer.id} {answer.confidence:.2f}",
                f"  Q {answer.question}",
                f"  G {answer.gold}",
            ]
            lines += [f"  S {answer.sql or answer.record}", ""]
    out.write_text("\n".join(lines), encoding="utf-8")


def main(arguments: Sequence[str]) -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("databases", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--database")
    parser.add_argument("--errors", type=Path)
    parser.add_argument("--each", action="store_true", help="show each database")
    options = parser.parse_args(arguments)
    questions = [json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines()]
    if options.database:
        questions = [question for question in questions if question["db"] == options.database]
    tally = asyncio.run(measure(questions[: options.limit], options.databases))
    print(*(tally.by_database() if options.each else ()), *tally.lines(), sep="\n")
    if options.errors:
        write_errors(tally, options.errors)


if __name__ == "__main__":
    main(sys.argv[1:])
