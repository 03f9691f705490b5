"""Measure the language-model path with a stub model that knows the gold queries and corrupts some.

    python -m benchmarks.accuracy.with_stub correct QUESTIONS.jsonl DATABASES [--limit N] [--show]
    python -m benchmarks.accuracy.with_stub repair QUESTIONS.jsonl DATABASES [--limit 300] [--share 0.5]
    python -m benchmarks.accuracy.with_stub unrepairable QUESTIONS.jsonl DATABASES [--limit 100]
    python -m benchmarks.accuracy.with_stub voting QUESTIONS.jsonl DATABASES [--limit 300]
    python -m benchmarks.accuracy.with_stub faults QUESTIONS.jsonl DATABASES [--limit 500]
    python -m benchmarks.accuracy.with_stub dialogues DIALOGUES.jsonl DATABASES [--limit N]

Each mode prints its figures as JSON; the exit code is 1 if its target was missed.
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
from tests.fixtures.llm.gold_model import Corruption, GoldModel, GoldTurn
from tests.fixtures.llm.stub_server import run_stub_server
from tests.fixtures.provider_failures import FaultyModel
from tests.fixtures.wrong_drafts import CorruptEveryDraft, CorruptFirstDrafts, CorruptOneOfThree

DAY = date(2026, 11, 21)
MIN_REPAIRED_SHARE = 0.98
MIN_VOTING_SHARE = 0.99
# Upper limit of a turn with a model that answers at once, including all retries.
MAX_TURN_MS = 20_000
# Timeout of a model call; a turn makes at most nine calls, each retried once.
TIMEOUT_S = 0.5
MAX_FAULTY_TURN_MS = 9 * 2 * TIMEOUT_S * 1_000


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """Scored questions with the stub model that answered them."""

    scored: list[list[ScoredQuestion]]
    model: GoldModel
    requests: int

    @property
    def questions(self) -> list[ScoredQuestion]:
        return [question for conversation in self.scored for question in conversation]


def gold_turns(conversations: Sequence[Dialogue]) -> list[GoldTurn]:
    """Convert dialogues to the turns that the stub model knows."""
    turns = []
    for conversation in conversations:
        questions = [turn.question.strip() for turn in conversation.turns]
        turns += [
            GoldTurn(turn.id, conversation.database, questions[number], turn.sql, tuple(questions[:number]))
            for number, turn in enumerate(conversation.turns)
        ]
    return turns


def stub_settings(url: str, **overrides: Any) -> Settings:
    """Settings for the stub model at this address, independent of the environment."""
    values = {"model": "stub", "model_url": url, "model_key": SecretStr("sk-stub"), **overrides}
    return Settings(_env_file=None, **values)  # type: ignore[call-arg]  # of pydantic-settings


async def ask(
    conversations: Sequence[Dialogue],
    folder: Path,
    corruption: Corruption | None,
    seed: int = 1,
    **settings: Any,
) -> EvaluationRun:
    """Ask all questions of a stub model that corrupts its drafts."""
    model = GoldModel(gold_turns(conversations), corruption, seed)
    files = find_databases(conversations, folder)
    async with run_stub_server(model) as stub:
        run_settings = stub_settings(stub.url, **settings)
        async with open_harness(run_settings, EvaluationOptions("model", DAY)) as bench:
            scored = await EvaluationRunner(bench, files, concurrency=2).measure(
                conversations, print_progress
            )
        return EvaluationRun(scored, model, len(stub.requests))


async def measure_leaks(options: argparse.Namespace, fallback: bool) -> tuple[dict[str, int], EvaluationRun]:
    """Ask with a faulty provider; returns the leaked resources and the scored questions."""
    conversations = _read_questions(options)
    before = open_resources()
    gold_model = GoldModel(gold_turns(conversations))
    faulty_model = FaultyModel(gold_model, options.share, options.seed)
    async with (
        run_stub_server(faulty_model) as stub,
        open_harness(builtin_settings(), EvaluationOptions("builtin", DAY)) as bench,
    ):
        async with open_model("stub", stub.url, "sk-stub", TIMEOUT_S) as model:
            llm_options = LlmOptions(timeout_s=TIMEOUT_S, stall_s=TIMEOUT_S / 2)
            model_analyst: Analyst = ModelAnalyst(model, "stub", llm_options)
            analyst = (
                FallbackAnalyst(model_analyst, bench.analyst, cooldown_s=0.0) if fallback else model_analyst
            )
            files = find_databases(conversations, options.databases)
            measurement = EvaluationRunner(replace(bench, analyst=analyst), files, concurrency=8)
            scored = await measurement.measure(conversations, print_progress)
        async with asyncio.timeout(5):
            while stub.connections:
                stub.hung_up.clear()
                await stub.hung_up.wait()
        requests = len(stub.requests)
    print(json.dumps({"faults": faulty_model.applied}))
    await asyncio.sleep(0.1)
    after = open_resources()
    leaked = {
        resource: after[resource] - before[resource]
        for resource in after
        if after[resource] > before[resource]
    }
    return leaked, EvaluationRun(scored, gold_model, requests)


def open_resources() -> dict[str, int]:
    """Count the open tasks and sockets. (Threads of the event loop's pool remain, and are bounded.)"""
    gc.collect()
    sockets = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            sockets += str(descriptor.readlink()).startswith("socket:")
    return {"tasks": len(asyncio.all_tasks()), "sockets": sockets}


def builtin_settings() -> Settings:
    """Settings without a model, independent of the environment."""
    return Settings(_env_file=None, model=None)  # type: ignore[call-arg]  # of pydantic-settings


def print_progress(task: str, done: int, total: int) -> None:
    """Print progress if standard error is a terminal."""
    if sys.stderr.isatty():
        print(f"\r{task} {done}/{total}", end="" if done < total else "\n", file=sys.stderr)


async def measure_correct_drafts(options: argparse.Namespace) -> bool:
    """Check that correct drafts give correct answers to all questions."""
    run = await ask(_read_questions(options), options.databases, None)
    wrong = [question for question in run.questions if not question.correct]
    _print_figures(options, run, wrong)
    return not wrong


async def measure_repair(options: argparse.Namespace) -> bool:
    """Check that nearly as many answers are correct with corrupted first drafts as without."""
    conversations = _read_questions(options)
    baseline = await ask(conversations, options.databases, None)
    corruption = CorruptFirstDrafts(options.share)
    run = await ask(conversations, options.databases, corruption, options.seed)
    wrong = [question for question in run.questions if not question.correct]
    corruption_counts = Counter(corruption.applied.values())
    wrong_by_corruption = Counter(
        corruption.applied.get(question.gold.id, "not corrupted") for question in wrong
    )
    share = answer_rates(run.questions).correct / max(answer_rates(baseline.questions).correct, 1)
    _print_figures(
        options,
        run,
        wrong,
        corrupted=sum(corruption_counts.values()),
        corruptions=corruption_counts,
        unmatched=wrong_by_corruption,
        of_baseline=round(share, 4),
    )
    return share >= MIN_REPAIRED_SHARE


async def measure_voting(options: argparse.Namespace) -> bool:
    """Check that of three drafts with one wrong, the majority is chosen."""
    conversations = _read_questions(options)
    baseline = await ask(conversations, options.databases, None)
    # A single draft is wrong for a third of the questions; voting corrects that.
    single_draft = await ask(conversations, options.databases, CorruptOneOfThree(), options.seed, drafts=1)
    run = await ask(conversations, options.databases, CorruptOneOfThree(), options.seed, drafts=3)
    wrong = [question for question in run.questions if not question.correct]
    share = answer_rates(run.questions).correct / max(answer_rates(baseline.questions).correct, 1)
    one_draft = answer_rates(single_draft.questions).accuracy
    _print_figures(options, run, wrong, of_baseline=round(share, 4), with_one_draft=one_draft)
    return share >= MIN_VOTING_SHARE


async def measure_unrepairable(options: argparse.Namespace) -> bool:
    """Check that with unrepairable drafts every turn ends in time and without a wrong result."""
    run = await ask(_read_questions(options), options.databases, CorruptEveryDraft(), options.seed)
    claimed = [
        question
        for question in run.questions
        if question.reply.rows is not None and question.reply.analyst == "stub"
    ]
    slow = [question for question in run.questions if question.reply.turn_ms > MAX_TURN_MS]
    silent = [question for question in run.questions if not question.reply.words]
    rounds = max((question.reply.rounds for question in run.questions), default=0)
    _print_figures(options, run, claimed, slow=len(slow), without_words=len(silent), max_rounds=rounds)
    return not (claimed or slow or silent)


async def measure_dialogues(options: argparse.Namespace) -> bool:
    """Check that every turn of a dialogue gets the whole conversation."""
    run = await ask(unify_gold_queries(_read_questions(options)), options.databases, None)
    wrong = [question for question in run.questions if not question.correct and question.gold_runs]
    _print_figures(options, run, wrong, memory_lost=len(run.model.unmatched))
    return not wrong and not run.model.unmatched


async def measure_provider_faults(options: argparse.Namespace) -> bool:
    """Check that with a failing provider every turn ends in time and leaks nothing."""
    good = True
    for fallback in (False, True):
        leaked, run = await measure_leaks(options, fallback)
        too_slow = [question for question in run.questions if question.reply.turn_ms > MAX_FAULTY_TURN_MS]
        untyped = [question for question in run.questions if question.reply.outcome == "internal"]
        _print_figures(
            options,
            run,
            untyped,
            fallback=fallback,
            left=leaked,
            over_time=len(too_slow),
            untyped=len(untyped),
        )
        good = good and not (leaked or too_slow or untyped)
    return good


MODES = {
    "correct": measure_correct_drafts,
    "repair": measure_repair,
    "voting": measure_voting,
    "unrepairable": measure_unrepairable,
    "dialogues": measure_dialogues,
    "faults": measure_provider_faults,
}


def unify_gold_queries(conversations: Sequence[Dialogue]) -> list[Dialogue]:
    """Give dialogues with the same questions the same gold query, as they cannot be told apart."""
    sql_by_prefix: dict[tuple[str, ...], str] = {}
    unified = []
    for conversation in conversations:
        turns: list[GoldQuestion] = []
        prefix: tuple[str, ...] = (conversation.database,)
        for turn in conversation.turns:
            prefix = (*prefix, turn.question.strip())
            turns.append(replace(turn, sql=sql_by_prefix.setdefault(prefix, turn.sql)))
        unified.append(replace(conversation, turns=tuple(turns)))
    return unified


def _read_questions(options: argparse.Namespace) -> list[Dialogue]:
    form = "dialogues" if options.mode == "dialogues" else "questions"
    return read_dialogues(options.questions, form)[: options.limit]  # type: ignore[arg-type]  # one of the two


def _print_figures(
    options: argparse.Namespace, run: EvaluationRun, wrong: Sequence[ScoredQuestion], **extra: Any
) -> None:
    if options.show:
        for question in wrong:
            print(
                f"{question.gold.id} {question.database}: {question.gold.question}\n"
                f"  gold  {question.gold.sql}"
            )
            print(
                f"  wrote {question.reply.sql}\n"
                f"  reply {question.reply.outcome}: {question.reply.words[:200]}"
            )
    figures = compute_metrics(run.scored)
    reported = ("questions", "right", "accuracy", "failed_gold_queries", "outcomes", "analysts", "turn_ms")
    print(json.dumps({key: figures[key] for key in reported} | {"requests": run.requests} | extra))


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
    parser.add_argument("--show", action="store_true", help="show each incorrect answer")
    options = parser.parse_args()
    sys.exit(0 if asyncio.run(MODES[options.mode](options)) else 1)


if __name__ == "__main__":
    main()
