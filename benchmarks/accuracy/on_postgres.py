"""Run gold queries through the whole graph on PostgreSQL: their rows must arrive unchanged.

    python -m benchmarks.accuracy.on_postgres QUESTIONS.jsonl DATABASES [--limit N] [--show]

Each SQLite file is copied into a database of an embedded PostgreSQL, and each gold query is translated to
PostgreSQL's dialect. Those that PostgreSQL can run are asked for through a stub model that knows them.
"""

import argparse
import asyncio
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import sqlglot
from psycopg import sql
from sqlglot import exp

from agent.results.comparison import is_ordered, same_rows
from benchmarks.accuracy.with_stub import DAY, print_progress, stub_settings
from graph.evaluation.datasets import Dialogue, find_databases, read_dialogues
from graph.evaluation.harness import EvaluationOptions, Harness, open_harness
from store.embedded.server import EmbeddedServer, open_embedded_server
from store.rows import as_json
from store.targets.postgres.target import PostgresTarget
from tests.fixtures.llm.gold_model import GoldModel, GoldTurn
from tests.fixtures.llm.stub_server import run_stub_server

STATEMENT_TIMEOUT_MS = 10_000  # of a gold query


@dataclass(frozen=True, slots=True)
class ExpectedResult:
    """A question with a query that PostgreSQL can run, and its rows."""

    id: str
    question: str
    sql: str
    rows: list[tuple[Any, ...]]


def copy(path: Path, url: str) -> frozenset[str]:
    """Copy a SQLite file in lower-case names; returns the names of all columns."""
    names: set[str] = set()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source:
        source.text_factory = lambda text: text.decode("utf-8", "replace").replace("\0", "")
        tables = source.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        with psycopg.connect(url, autocommit=True) as target:
            for (table,) in tables.fetchall():
                names |= _copy_table(source, target, table)
    return frozenset(names)


def _copy_table(source: sqlite3.Connection, target: psycopg.Connection[Any], table: str) -> set[str]:
    quoted = table.replace('"', '""')
    cursor = source.execute(f'SELECT * FROM "{quoted}"')
    names = [column[0].lower() for column in cursor.description]
    rows = cursor.fetchall()
    kinds = [_kind([row[number] for row in rows]) for number in range(len(names))]
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in zip(names, kinds, strict=True)
    ]
    identifier = sql.Identifier(table.lower())
    target.execute(sql.SQL("CREATE TABLE {} ({})").format(identifier, sql.SQL(", ").join(columns)))
    with target.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(identifier)) as copy:
        for row in rows:
            copy.write_row(
                [
                    str(value) if kind == "text" and value is not None else value
                    for value, kind in zip(row, kinds, strict=True)
                ]
            )
    return set(names)


def _kind(values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return "bigint"
    return "double precision" if kinds and kinds <= {int, float} else "text"


def in_postgres(query: str, columns: frozenset[str]) -> str:
    """Translate a query to PostgreSQL; double-quoted texts of SQLite become string literals."""
    tree = sqlglot.parse_one(query, dialect="sqlite")
    for column in list(tree.find_all(exp.Column)):
        if column.this.quoted and column.name.lower() not in columns:
            column.replace(exp.Literal.string(column.name))
    for name in tree.find_all(exp.Identifier):
        name.set("this", name.this.lower())
    return tree.sql("postgres", identify=True)


def expected_results(
    conversations: Sequence[Dialogue], columns: frozenset[str], url: str
) -> Iterator[ExpectedResult]:
    """Run the translated queries; yields those that PostgreSQL accepts."""
    with psycopg.connect(url, autocommit=True) as target:
        target.execute(sql.SQL("SET statement_timeout = {}").format(STATEMENT_TIMEOUT_MS))
        target.execute("SET default_transaction_read_only = on")
        for conversation in conversations:
            (turn,) = conversation.turns
            query = in_postgres(turn.sql, columns)
            try:
                rows = target.execute(query.encode()).fetchall()
            except psycopg.Error:
                continue
            plain = [tuple(as_json(value) for value in row) for row in rows]
            yield ExpectedResult(turn.id, turn.question, query, plain)


async def ask(
    bench: Harness, name: str, url: str, expected: Sequence[ExpectedResult], show: bool
) -> Counter[str]:
    """Ask the questions and count the outcomes."""
    endings: Counter[str] = Counter()
    async with bench.open_database(name, PostgresTarget(url)) as database:
        for question in expected:
            async with database.session() as interview:
                reply = await interview.ask(question.question)
            is_right = reply.rows is not None and same_rows(
                reply.rows, question.rows, ordered=is_ordered(question.sql, "postgres")
            )
            endings["right" if is_right else "wrong" if reply.rows is not None else reply.outcome] += 1
            if show and not is_right:
                print(
                    f"{question.id} {question.question}\n  {question.sql}\n"
                    f"  {reply.sql}\n  {reply.outcome} {reply.words}"
                )
    return endings


async def measure(options: argparse.Namespace) -> bool:
    """Copy the databases, ask all questions and print the counts."""
    conversations = read_dialogues(options.questions, "questions")[: options.limit]
    files = find_databases(conversations, options.databases)
    endings: Counter[str] = Counter()
    with TemporaryDirectory(prefix="querent-on-postgres-") as folder:
        async with open_embedded_server(Path(folder, "data")) as embedded:
            for done, (name, path) in enumerate(files.items()):
                print_progress("Databases", done, len(files))
                dialogues = [each for each in conversations if each.database == name]
                endings += await measure_database(embedded, name, path, dialogues, options)
    print_progress("Databases", len(files), len(files))
    question_count = endings.total()
    print(json.dumps({"questions": len(conversations), "run_on_postgres": question_count, **endings}))
    return endings["right"] == question_count > 0


async def measure_database(
    embedded: EmbeddedServer,
    name: str,
    path: Path,
    dialogues: Sequence[Dialogue],
    options: argparse.Namespace,
) -> Counter[str]:
    await embedded.create_database(name)
    url = embedded.url(name)
    columns = await asyncio.to_thread(copy, path, url)
    expected = await asyncio.to_thread(lambda: list(expected_results(dialogues, columns, url)))
    model = GoldModel(
        GoldTurn(question.id, name, question.question.strip(), question.sql) for question in expected
    )
    async with run_stub_server(model) as stub:
        settings = stub_settings(stub.url)
        async with open_harness(settings, EvaluationOptions("model", DAY)) as bench:
            return await ask(bench, name, url, expected, options.show)


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("questions", type=Path)
    parser.add_argument("databases", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--show", action="store_true", help="show each failed question")
    sys.exit(0 if asyncio.run(measure(parser.parse_args())) else 1)


if __name__ == "__main__":
    main()
