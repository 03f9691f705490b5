"""Put known queries through the whole journey on PostgreSQL: their rows are to come through unharmed.

    python -m benchmarks.accuracy.on_postgres QUESTIONS.jsonl DATABASES [--limit N] [--show]

Each SQLite file is copied into a database of an embedded PostgreSQL, and each known query is brought into
PostgreSQL's dialect. Those that PostgreSQL itself runs are asked for through a model that knows them.
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
from benchmarks.accuracy.with_stub import DAY, stub_settings, tell
from graph.evaluation.datasets import Dialogue, find_databases, read_dialogues
from graph.evaluation.harness import EvaluationOptions, Harness, open_harness
from store.embedded.server import EmbeddedServer, open_embedded_server
from store.rows import as_json
from store.targets.postgres.target import PostgresTarget
from tests.fixtures.llm.gold_model import KnowingModel, KnownTurn
from tests.fixtures.llm.stub_server import running_stub

SECONDS = 10_000  # of a known query, in milliseconds


@dataclass(frozen=True, slots=True)
class Known:
    """A question with a query that PostgreSQL runs, and the rows of that."""

    id: str
    question: str
    sql: str
    rows: list[tuple[Any, ...]]


def copy(path: Path, url: str) -> frozenset[str]:
    """Copy a SQLite file; give the names of all columns, in lower case like everything there."""
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
    named = sql.Identifier(table.lower())
    target.execute(sql.SQL("CREATE TABLE {} ({})").format(named, sql.SQL(", ").join(columns)))
    with target.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(named)) as copying:
        for row in rows:
            copying.write_row(
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
    """Bring a query into PostgreSQL's dialect; what SQLite takes for a text in double quotes becomes one."""
    tree = sqlglot.parse_one(query, dialect="sqlite")
    for column in list(tree.find_all(exp.Column)):
        if column.this.quoted and column.name.lower() not in columns:
            column.replace(exp.Literal.string(column.name))
    for name in tree.find_all(exp.Identifier):
        name.set("this", name.this.lower())
    return tree.sql("postgres", identify=True)


def known_there(conversations: Sequence[Dialogue], columns: frozenset[str], url: str) -> Iterator[Known]:
    """Give what PostgreSQL runs."""
    with psycopg.connect(url, autocommit=True) as target:
        target.execute(sql.SQL("SET statement_timeout = {}").format(SECONDS))
        target.execute("SET default_transaction_read_only = on")
        for conversation in conversations:
            (turn,) = conversation.turns
            query = in_postgres(turn.sql, columns)
            try:
                rows = target.execute(query.encode()).fetchall()
            except psycopg.Error:
                continue
            plain = [tuple(as_json(value) for value in row) for row in rows]
            yield Known(turn.id, turn.question, query, plain)


async def ask(bench: Harness, name: str, url: str, known: Sequence[Known], show: bool) -> Counter[str]:
    """Put the questions, and count how they ended."""
    endings: Counter[str] = Counter()
    async with bench.open_database(name, PostgresTarget(url)) as database:
        for one in known:
            async with database.session() as interview:
                reply = await interview.ask(one.question)
            right = reply.rows is not None and same_rows(
                reply.rows, one.rows, ordered=is_ordered(one.sql, "postgres")
            )
            endings["right" if right else "wrong" if reply.rows is not None else reply.outcome] += 1
            if show and not right:
                print(f"{one.id} {one.question}\n  {one.sql}\n  {reply.sql}\n  {reply.outcome} {reply.words}")
    return endings


async def measure(given: argparse.Namespace) -> bool:
    """Copy, ask and count."""
    conversations = read_dialogues(given.questions, "questions")[: given.limit]
    files = find_databases(conversations, given.databases)
    endings: Counter[str] = Counter()
    with TemporaryDirectory(prefix="querent-on-postgres-") as folder:
        async with open_embedded_server(Path(folder, "data")) as embedded:
            for done, (name, path) in enumerate(files.items()):
                tell("Databases", done, len(files))
                own = [each for each in conversations if each.database == name]
                endings += await _one_database(embedded, name, path, own, given)
    tell("Databases", len(files), len(files))
    asked = endings.total()
    print(json.dumps({"questions": len(conversations), "run_on_postgres": asked, **endings}))
    return endings["right"] == asked > 0


async def _one_database(
    embedded: EmbeddedServer, name: str, path: Path, own: Sequence[Dialogue], given: argparse.Namespace
) -> Counter[str]:
    await embedded.create_database(name)
    url = embedded.url(name)
    columns = await asyncio.to_thread(copy, path, url)
    known = await asyncio.to_thread(lambda: list(known_there(own, columns, url)))
    model = KnowingModel(KnownTurn(one.id, name, one.question.strip(), one.sql) for one in known)
    async with running_stub(model) as stub:
        settings = stub_settings(stub.url)
        async with open_harness(settings, EvaluationOptions("model", DAY)) as bench:
            return await ask(bench, name, url, known, given.show)


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("questions", type=Path)
    parser.add_argument("databases", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--show", action="store_true", help="show each that did not come through")
    sys.exit(0 if asyncio.run(measure(parser.parse_args())) else 1)


if __name__ == "__main__":
    main()
