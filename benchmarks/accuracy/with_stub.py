"""Measure what the service makes of a language model, with one that knows the right queries and spoils some.

    python -m benchmarks.accuracy.with_stub unspoilt  QUESTIONS.jsonl DATABASES [--limit N] [--show]
    python -m benchmarks.accuracy.with_stub repaired  QUESTIONS.jsonl DATABASES [--limit 300] [--share 0.5] [--seed 1]
    python -m benchmarks.accuracy.with_stub hopeless  QUESTIONS.jsonl DATABASES [--limit 100]
    python -m benchmarks.accuracy.with_stub voting    QUESTIONS.jsonl DATABASES [--limit 300]
    python -m benchmarks.accuracy.with_stub faults    QUESTIONS.jsonl DATABASES [--limit 500]
    python -m benchmarks.accuracy.with_stub dialogues DIALOGUES.jsonl DATABASES [--limit N]

Each prints its figures as JSON and leaves with exit code 1 where the figure to reach was not reached.
"""

import argparse
import asyncio
import gc
import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from agent.analyst import Analyst
from agent.fallback import FallbackAnalyst
from agent.llm.analyst import ModelAnalyst
from agent.llm.chat_models import open_model
from agent.llm.options import LlmOptions
from graph.evaluation.datasets import Dialogue, GoldQuestion, find_databases, read_dialogues
from graph.evaluation.harness import EvaluationOptions, open_harness
from graph.evaluation.metrics import answer_rates, compute_metrics
from graph.evaluation.runner import EvaluationRunner, ScoredQuestion
from graph.settings import Settings
from tests.fixtures.llm.gold_model import KnowingModel, KnownTurn, Spoil
from tests.fixtures.llm.stub_server import running_stub
from tests.fixtures.provider_failures import FaultyModel
from tests.fixtures.wrong_drafts import EveryDraft, FirstDrafts, OneOfThree

DAY = date(2026, 11, 21)
REPAIRED_OF_UNSPOILT = 0.98
VOTED_RIGHT = 0.99
# Longer than any turn of a model that answers at once may take, however often it is asked again.
MOST_TURN_MS = 20_000
# One call of the model may take this long; a turn makes at most nine, each asked again once.
TIMEOUT_S = 0.5
MOST_FAULTY_TURN_MS = 9 * 2 * TIMEOUT_S * 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a set of questions, and of the model that was asked."""

    scored: list[list[ScoredQuestion]]
    model: KnowingModel
    requests: int

    @property
    def each(self) -> list[ScoredQuestion]:
        return [one for conversation in self.scored for one in conversation]


def turns_of(conversations: Sequence[Dialogue]) -> list[KnownTurn]:
    """All turns as the model knows them."""
    turns = []
    for conversation in conversations:
        asked = [turn.question.strip() for turn in conversation.turns]
        turns += [
            KnownTurn(known.id, conversation.database, asked[number], known.sql, tuple(asked[:number]))
            for number, known in enumerate(conversation.turns)
        ]
    return turns


def stub_settings(url: str, **more: Any) -> Settings:
    """The settings of who asks the model at this address, whatever stands in the environment."""
    given = {"model": "stub", "model_url": url, "model_key": SecretStr("sk-stub"), **more}
    return Settings(_env_file=None, **given)  # type: ignore[call-arg]  # of pydantic-settings


async def ask(
    conversations: Sequence[Dialogue], folder: Path, spoil: Spoil | None, seed: int = 1, **settings: Any
) -> Run:
    """Put all questions, with a model that spoils."""
    model = KnowingModel(turns_of(conversations), spoil, seed)
    files = find_databases(conversations, folder)
    async with running_stub(model) as stub:
        chosen = stub_settings(stub.url, **settings)
        async with open_harness(chosen, EvaluationOptions("model", DAY)) as bench:
            scored = await EvaluationRunner(bench, files, concurrency=2).measure(conversations, tell)
        return Run(scored, model, len(stub.requests))


async def without_leaks(given: argparse.Namespace, fallback: bool) -> tuple[dict[str, int], Run]:
    """Ask with a faulty provider; give what was there afterwards and not before, and what came of it."""
    conversations = _read(given)
    before = standing()
    knowing = KnowingModel(turns_of(conversations))
    faulty = FaultyModel(knowing, given.share, given.seed)
    async with (
        running_stub(faulty) as stub,
        open_harness(builtin_only(), EvaluationOptions("builtin", DAY)) as bench,
    ):
        async with open_model("stub", stub.url, "sk-stub", TIMEOUT_S) as model:
            options = LlmOptions(timeout_s=TIMEOUT_S, stall_s=TIMEOUT_S / 2)
            first: Analyst = ModelAnalyst(model, "stub", options)
            analyst = FallbackAnalyst(first, bench.analyst, cooldown_s=0.0) if fallback else first
            files = find_databases(conversations, given.databases)
            measurement = EvaluationRunner(replace(bench, analyst=analyst), files, concurrency=8)
            scored = await measurement.measure(conversations, tell)
        async with asyncio.timeout(5):
            while stub.connections:
                stub.hung_up.clear()
                await stub.hung_up.wait()
        requests = len(stub.requests)
    print(json.dumps({"faults": faulty.done}))
    await asyncio.sleep(0.1)
    after = standing()
    left = {what: after[what] - before[what] for what in after if after[what] > before[what]}
    return left, Run(scored, knowing, requests)


def standing() -> dict[str, int]:
    """What a process has open. (Threads of the loop's own pool stay, and are bounded.)"""
    gc.collect()
    sockets = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            sockets += str(descriptor.readlink()).startswith("socket:")
    return {"tasks": len(asyncio.all_tasks()), "sockets": sockets}


def builtin_only() -> Settings:
    """Settings in which no model is named, whatever the environment says."""
    return Settings(_env_file=None, model=None)  # type: ignore[call-arg]  # of pydantic-settings


def tell(task: str, done: int, total: int) -> None:
    """Show how far it has got, where somebody looks."""
    if sys.stderr.isatty():
        print(f"\r{task} {done}/{total}", end="" if done < total else "\n", file=sys.stderr)


async def unspoilt(given: argparse.Namespace) -> bool:
    """With right drafts, every question is to be answered rightly."""
    run = await ask(_read(given), given.databases, None)
    wrong = [one for one in run.each if not one.correct]
    _print(given, run, wrong)
    return not wrong


async def repaired(given: argparse.Namespace) -> bool:
    """With spoilt first drafts, nearly as many are to be right as without."""
    conversations = _read(given)
    clean = await ask(conversations, given.databases, None)
    spoil = FirstDrafts(given.share)
    run = await ask(conversations, given.databases, spoil, given.seed)
    wrong = [one for one in run.each if not one.correct]
    ways = Counter(spoil.done.values())
    lost = Counter(spoil.done.get(one.gold.id, "not spoilt") for one in wrong)
    share = answer_rates(run.each).correct / max(answer_rates(clean.each).correct, 1)
    _print(given, run, wrong, spoilt=sum(ways.values()), ways=ways, lost=lost, of_unspoilt=round(share, 4))
    return share >= REPAIRED_OF_UNSPOILT


async def voting(given: argparse.Namespace) -> bool:
    """With three drafts of which one is wrong, the two that agree are to be taken."""
    conversations = _read(given)
    clean = await ask(conversations, given.databases, None)
    # One draft alone is the wrong one for a third of the questions: that is what voting mends.
    alone = await ask(conversations, given.databases, OneOfThree(), given.seed, drafts=1)
    run = await ask(conversations, given.databases, OneOfThree(), given.seed, drafts=3)
    wrong = [one for one in run.each if not one.correct]
    share = answer_rates(run.each).correct / max(answer_rates(clean.each).correct, 1)
    one_draft = answer_rates(alone.each).accuracy
    _print(given, run, wrong, of_unspoilt=round(share, 4), with_one_draft=one_draft)
    return share >= VOTED_RIGHT


async def hopeless(given: argparse.Namespace) -> bool:
    """With drafts that never get better, every turn is to end honestly and in time."""
    run = await ask(_read(given), given.databases, EveryDraft(), given.seed)
    claimed = [one for one in run.each if one.reply.rows is not None and one.reply.analyst == "stub"]
    slow = [one for one in run.each if one.reply.turn_ms > MOST_TURN_MS]
    silent = [one for one in run.each if not one.reply.words]
    rounds = max((one.reply.rounds for one in run.each), default=0)
    _print(given, run, claimed, slow=len(slow), without_words=len(silent), most_rounds=rounds)
    return not (claimed or slow or silent)


async def dialogues(given: argparse.Namespace) -> bool:
    """In a conversation, no turn is to lose its memory."""
    run = await ask(one_meaning(_read(given)), given.databases, None)
    wrong = [one for one in run.each if not one.correct and one.gold_runs]
    _print(given, run, wrong, memory_lost=len(run.model.lost))
    return not wrong and not run.model.lost


async def faults(given: argparse.Namespace) -> bool:
    """With a provider that fails in every way, every turn is to end in its time and to leave nothing."""
    good = True
    for fallback in (False, True):
        left, run = await without_leaks(given, fallback)
        over = [one for one in run.each if one.reply.turn_ms > MOST_FAULTY_TURN_MS]
        untold = [one for one in run.each if one.reply.outcome == "internal"]
        _print(given, run, untold, fallback=fallback, left=left, over_time=len(over), untyped=len(untold))
        good = good and not (left or over or untold)
    return good


MODES = {
    "unspoilt": unspoilt,
    "repaired": repaired,
    "voting": voting,
    "hopeless": hopeless,
    "dialogues": dialogues,
    "faults": faults,
}


def one_meaning(conversations: Sequence[Dialogue]) -> list[Dialogue]:
    """Give what begins with the same words the same known query: nobody could tell them apart."""
    known: dict[tuple[str, ...], str] = {}
    same = []
    for conversation in conversations:
        turns: list[GoldQuestion] = []
        before: tuple[str, ...] = (conversation.database,)
        for turn in conversation.turns:
            before = (*before, turn.question.strip())
            turns.append(replace(turn, sql=known.setdefault(before, turn.sql)))
        same.append(replace(conversation, turns=tuple(turns)))
    return same


def _read(given: argparse.Namespace) -> list[Dialogue]:
    form = "dialogues" if given.mode == "dialogues" else "questions"
    return read_dialogues(given.questions, form)[: given.limit]  # type: ignore[arg-type]  # one of the two


def _print(given: argparse.Namespace, run: Run, wrong: Sequence[ScoredQuestion], **more: Any) -> None:
    if given.show:
        for one in wrong:
            print(f"{one.gold.id} {one.database}: {one.gold.question}\n  known {one.gold.sql}")
            print(f"  wrote {one.reply.sql}\n  said  {one.reply.outcome}: {one.reply.words[:200]}")
    figures = compute_metrics(run.scored)
    kept = ("questions", "right", "accuracy", "failed_gold_queries", "outcomes", "analysts", "turn_ms")
    print(json.dumps({key: figures[key] for key in kept} | {"requests": run.requests} | more))


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mode", choices=sorted(MODES))
    parser.add_argument("questions", type=Path)
    parser.add_argument("databases", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="show each that went wrong")
    given = parser.parse_args()
    sys.exit(0 if asyncio.run(MODES[given.mode](given)) else 1)


if __name__ == "__main__":
    main()
