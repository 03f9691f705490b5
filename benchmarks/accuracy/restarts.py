"""Hold dialogues with the process ended and started anew between any two turns: nothing is to change.

    python -m benchmarks.accuracy.restarts DIALOGUES.jsonl DATABASES [--limit N]

The second turn of every dialogue is put by another process than the first, and so on; what was said is kept
in an embedded PostgreSQL. The model is that of `benchmarks.accuracy.with_stub`, which answers rightly only where it
is told the whole conversation. All is compared with the same dialogues held by one process.
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

from benchmarks.accuracy.with_stub import DAY, ask, one_meaning, stub_settings, tell, turns_of
from graph.compose import STORE_DATABASE
from graph.evaluation.datasets import Dialogue, find_databases, read_dialogues
from graph.evaluation.harness import EvaluationOptions, Harness, open_harness
from graph.saver import PooledSaver
from store.database import open_database
from store.embedded.server import open_embedded_server
from store.migrate import migrate
from store.targets.sqlite.target import SqliteTarget
from tests.fixtures.llm.gold_model import KnowingModel
from tests.fixtures.llm.stub_server import running_stub


async def hold(given: argparse.Namespace) -> bool:
    """Hold all dialogues in both ways, and compare."""
    conversations = one_meaning(read_dialogues(given.questions, "dialogues")[: given.limit])
    together = await ask(conversations, given.databases, None)
    expected = {one.gold.id: one.reply.sql for one in together.each}
    model = KnowingModel(turns_of(conversations))
    apart: dict[str, str | None] = {}
    with TemporaryDirectory(prefix="querent-restarts-") as folder:
        async with running_stub(model) as stub, open_embedded_server(Path(folder, "data")) as embedded:
            await embedded.create_database(STORE_DATABASE)
            url = embedded.url(STORE_DATABASE)
            async with open_database(url) as database:
                await migrate(database, extra_setup=PooledSaver(database.pool).setup)
            longest = max(len(conversation.turns) for conversation in conversations)
            for turn in range(longest):
                out = Path(folder, f"turn-{turn}.json")
                apart |= await asyncio.to_thread(_another_process, given, turn, (url, stub.url), out)
    changed = sorted(id for id in expected if apart.get(id) != expected[id])
    figures = {
        "dialogues": len(conversations),
        "turns": len(expected),
        "processes": longest,
        "memory_lost": len(model.lost),
        "changed": len(changed),
    }
    print(json.dumps(figures), *changed[:20])
    return not changed and not model.lost


def _another_process(
    given: argparse.Namespace, turn: int, urls: tuple[str, str], out: Path
) -> dict[str, str | None]:
    store, model = urls
    words = [str(given.questions), str(given.databases), "--turn", str(turn), "--out", str(out)]
    words += ["--store", store, "--model", model]
    if given.limit:
        words += ["--limit", str(given.limit)]
    subprocess.run([sys.executable, "-m", "benchmarks.accuracy.restarts", *words], check=True)
    wrote: dict[str, str | None] = json.loads(out.read_text())
    return wrote


async def put_one_turn(given: argparse.Namespace) -> bool:
    """Put the turn of this number in every dialogue that has one."""
    conversations = one_meaning(read_dialogues(given.questions, "dialogues")[: given.limit])
    settings = stub_settings(given.model)
    async with (
        open_database(given.store) as database,
        open_harness(settings, EvaluationOptions("model", DAY)) as bench,
    ):
        kept = replace(bench, saver=PooledSaver(database.pool))
        wrote = await _put(kept, conversations, given)
    given.out.write_text(json.dumps(wrote))
    return True


async def _put(
    bench: Harness, conversations: Sequence[Dialogue], given: argparse.Namespace
) -> dict[str, str | None]:
    files = find_databases(conversations, given.databases)
    wrote: dict[str, str | None] = {}
    for name, path in files.items():
        own = [each for each in conversations if each.database == name and len(each.turns) > given.turn]
        async with bench.open_database(name, SqliteTarget(path)) as database:
            for conversation in own:
                known = conversation.turns[given.turn]
                async with database.session(f"dialogue {conversation.turns[0].id}") as interview:
                    wrote[known.id] = (await interview.ask(known.question)).sql
        tell(f"turn {given.turn + 1}", len(wrote), len(conversations))
    return wrote


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
    given = parser.parse_args()
    work = hold if given.turn is None else put_one_turn
    sys.exit(0 if asyncio.run(work(given)) else 1)


if __name__ == "__main__":
    main()
