"""Calibration of the built-in analyst: fit its confidence to questions with gold queries (`make calibrate`).

    python -m benchmarks.accuracy.calibrate QUESTIONS.jsonl DATABASES

Writes the weights and the threshold to `agent/builtin/confidence.json`, the same for the same questions.
Prints what they are worth: as fitted, and held out, where each database was judged by weights that were
fitted without it. The threshold is the least at which, held out, four of five answers are right.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.builtin.confidence import WEIGHTS_FILE, extract_features
from agent.builtin.grammar.interpret import parse_with_plan
from agent.builtin.plan.join_planner import NoJoinPath
from agent.builtin.plan.model import Plan
from agent.builtin.schema.model import Schema, build_schema
from benchmarks.accuracy.spider import TODAY, Database, open_database, run, same
from schema_docs.values.index import match_values

FOLDS, STEPS, RATE, RIDGE = 5, 4_000, 0.5, 0.003
# Four of five answers are to be right, also in databases that the weights have not seen.
RIGHT_OF_ANSWERED = 0.8
THRESHOLDS = tuple(number / 100 for number in range(30, 91))
SHOWN = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Readings: what is seen of each, by `names`, whether it was right, and in which database."""

    names: tuple[str, ...]
    seen: Numbers
    right: Numbers
    database: NDArray[np.int64]
    asked: int


async def gather(questions: Sequence[dict[str, str]], folder: Path) -> Sample:
    """Read every question and see whether its query is right."""
    names = sorted({asked["db"] for asked in questions})
    opened = {name: await open_database(folder / f"{name}.sqlite") for name in names}
    schemas = {name: build_schema(database.schema) for name, database in opened.items()}
    seen: list[dict[str, float]] = []
    right, where = [], []
    for asked in questions:
        database, schema = opened[asked["db"]], schemas[asked["db"]]
        values = match_values(asked["question"], database.values)
        state, plan = parse_with_plan(asked["question"], schema, values, TODAY)
        sql = _printed(schema, plan)
        if plan is not None and sql is not None and not state.evidence.unplaced:
            seen.append(extract_features(state, plan))
            right.append(float(_is_right(database, sql, asked["sql"])))
            where.append(names.index(asked["db"]))
    signals = tuple(seen[0])
    matrix = np.array([[one[signal] for signal in signals] for one in seen])
    return Sample(signals, matrix, np.array(right), np.array(where), len(questions))


def _printed(schema: Schema, plan: Plan | None) -> str | None:
    try:
        return schema.printer.print(plan) if plan else None
    except NoJoinPath:
        return None


def _is_right(database: Database, sql: str, known: str) -> bool:
    ours, gold = run(database.path, sql), run(database.path, known)
    return ours is not None and gold is not None and same(ours, gold, " order by " in known.lower())


def fit(seen: Numbers, right: Numbers) -> Numbers:
    """Logistic regression by gradient descent, with a small ridge on all but the constant."""
    weights = np.zeros(seen.shape[1])
    ridge = np.full(seen.shape[1], RIDGE)
    ridge[0] = 0.0
    for _ in range(STEPS):
        error = chance(seen, weights) - right
        weights -= RATE * (seen.T @ error / len(right) + ridge * weights)
    return weights


def chance(seen: Numbers, weights: Numbers) -> Numbers:
    """How often a reading like each is right."""
    chances: Numbers = 1 / (1 + np.exp(-seen @ weights))
    return chances


def cross_validate(sample: Sample) -> Numbers:
    """The chance of each reading, by weights fitted without its database."""
    chances = np.zeros(len(sample.right))
    for fold in range(FOLDS):
        out = sample.database % FOLDS == fold
        chances[out] = chance(sample.seen[out], fit(sample.seen[~out], sample.right[~out]))
    return chances


def threshold_of(chances: Numbers, right: Numbers) -> float:
    """The least threshold at which enough of the answers are right."""
    kept = (cut for cut in THRESHOLDS if right[chances >= cut].mean() >= RIGHT_OF_ANSWERED)
    return next(kept, THRESHOLDS[-1])


def report(sample: Sample, fitted: Numbers, held_out: Numbers, threshold: float) -> Iterator[str]:
    """Say what the weights are worth, as fitted and held out."""
    yield f"{sample.asked} questions in {len(set(sample.database))} databases, {len(sample.names)} weights"
    yield f"right of all readings, sure or not: {sample.right.sum() / sample.asked:.1%}"
    for cut in sorted({*SHOWN, threshold}):
        line = f"{'chosen' if cut == threshold else '      '} {cut:.2f}:"
        for label, chances in (("fitted", fitted), ("held out", held_out)):
            kept = chances >= cut
            part = f"answers {kept.sum() / sample.asked:.1%}, right {sample.right[kept].mean():.1%}"
            line += f"  {label} {part}"
        yield line
    off = np.abs(held_out - sample.right).mean(), ((held_out - sample.right) ** 2).mean()
    yield f"held out: mean error {off[0]:.3f}, Brier score {off[1]:.3f}"


def main(arguments: Sequence[str]) -> None:
    """Fit, write and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("databases", type=Path)
    given = parser.parse_args(arguments)
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    sample = asyncio.run(gather([json.loads(line) for line in lines], given.databases))
    weights, held_out = fit(sample.seen, sample.right), cross_validate(sample)
    threshold = threshold_of(held_out, sample.right)
    kept = {name: round(float(weight), 2) for name, weight in zip(sample.names, weights, strict=True)}
    WEIGHTS_FILE.write_text(
        json.dumps({"threshold": threshold, "weights": kept}, indent=2) + "\n", encoding="utf-8"
    )
    print(*report(sample, chance(sample.seen, weights), held_out, threshold), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
