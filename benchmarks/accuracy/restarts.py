"""Dialogues with a process restart between any two turns: the answers must not change.

    python -m benchmarks.accuracy.restarts DIALOGUES.jsonl DATABASES [--limit N]

Each turn number is asked by its own process; conversations are stored in an embedded PostgreSQL. The stub
model is that of `benchmarks.accuracy.with_stub`, which answers correctly only if it gets the whole
conversation. The queries are compared with those of the same dialogues in a single process.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.accuracy.with_stub import (
    DAY,
    ask,
    gold_turns,
    print_progress,
    stub_settings,
    unify_gold_queries,
)
from graph.compose import STORE_DATABASE
from graph.evaluation.datasets import Dialogue, find_databases, read_dialogues
from graph.evaluation.harness import EvaluationOptions, Harness, open_harness
from graph.saver import PooledSaver
from store.database import open_database
from store.embedded.server import open_embedded_server
from store.migrate import migrate
from store.targets.sqlite.target import SqliteTarget
from tests.fixtures.llm.gold_model import GoldModel
from tests.fixtures.llm.stub_server import run_stub_server


async def compare_dialogues(options: argparse.Namespace) -> bool:
    """Run all dialogues in one and in several processes, and compare the queries."""
    conversations = unify_gold_queries(read_dialogues(options.questions, "dialogues")[: options.limit])
    single_process = await ask(conversations, options.databases, None)
    expected = {answer.gold.id: answer.reply.sql for answer in single_process.questions}
    model = GoldModel(gold_turns(conversations))
    separate_processes: dict[str, str | None] = {}
    with TemporaryDirectory(prefix="querent-restarts-") as folder:
        async with run_stub_server(model) as stub, open_embedded_server(Path(folder, "data")) as embedded:
            await embedded.create_database(STORE_DATABASE)
            url = embedded.url(STORE_DATABASE)
            async with open_database(url) as database:
                await migrate(database, extra_setup=PooledSaver(database.pool).setup)
            longest = max(len(conversation.turns) for conversation in conversations)
            for turn in range(longest):
                out = Path(folder, f"turn-{turn}.json")
                separate_processes |= await asyncio.to_thread(
                    _run_turn_process, options, turn, (url, stub.url), out
                )
    changed = sorted(id for id in expected if separate_processes.get(id) != expected[id])
    figures = {
        "dialogues": len(conversations),
        "turns": len(expected),
        "processes": longest,
        "memory_lost": len(model.unmatched),
        "changed": len(changed),
    }
    print(json.dumps(figures), *changed[:20])
    return not changed and not model.unmatched


def _run_turn_process(
    options: argparse.Namespace, turn: int, urls: tuple[str, str], out: Path
) -> dict[str, str | None]:
    store, model = urls
    arguments = [str(options.questions), str(options.databases), "--turn", str(turn), "--out", str(out)]
    arguments += ["--store", store, "--model", model]
    if options.limit:
        arguments += ["--limit", str(options.limit)]
    subprocess.run([sys.executable, "-m", "benchmarks.accuracy.restarts", *arguments], check=True)
    queries: dict[str, str | None] = json.loads(out.read_text())
    return queries


async def run_turn(options: argparse.Namespace) -> bool:
    """Ask the turn of this number in every dialogue that has one."""
    conversations = unify_gold_queries(read_dialogues(options.questions, "dialogues")[: options.limit])
    settings = stub_settings(options.model)
    async with (
        open_database(options.store) as database,
        open_harness(settings, EvaluationOptions("model", DAY)) as bench,
    ):
        persistent_harness = replace(bench, saver=PooledSaver(database.pool))
        queries = await _ask_turn(persistent_harness, conversations, options)
    options.out.write_text(json.dumps(queries))
    return True


async def _ask_turn(
    bench: Harness, conversations: Sequence[Dialogue], options: argparse.Namespace
) -> dict[str, str | None]:
    files = find_databases(conversations, options.databases)
    queries: dict[str, str | None] = {}
    for name, path in files.items():
        dialogues = [
            each for each in conversations if each.database == name and len(each.turns) > options.turn
        ]
        async with bench.open_database(name, SqliteTarget(path)) as database:
            for conversation in dialogues:
                turn = conversation.turns[options.turn]
                async with database.session(f"dialogue {conversation.turns[0].id}") as interview:
                    queries[turn.id] = (await interview.ask(turn.question)).sql
        print_progress(f"turn {options.turn + 1}", len(queries), len(conversations))
    return queries


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("questions", type=Path)
    parser.add_argument("databases", type=Path)
    parser.add_argument("--limit", type=int)
    for name in ("--store", "--model"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--turn", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    command = compare_dialogues if options.turn is None else run_turn
    sys.exit(0 if asyncio.run(command(options)) else 1)


if __name__ == "__main__":
    main()
