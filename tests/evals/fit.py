"""Fit the weights of `agent/builtin/confidence.py` to questions with known queries; cross-validate.

    python -m tests.evals.fit QUESTIONS.jsonl DATABASES

Prints the weights, how well they tell right from wrong in databases that they were not fitted on, and what
the threshold means: how many questions are answered, and how many of those rightly.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.builtin.analyst import read_with_reader
from agent.builtin.complete import NoJoin
from agent.builtin.confidence import NAMES, features_of
from agent.builtin.plan import Plan
from agent.builtin.schema import Schema, derive
from schema_docs.values import match_values
from tests.evals.spider import TODAY, open_database, run, same

FOLDS, STEPS, RATE, RIDGE = 5, 3_000, 0.5, 0.002
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Readings without words left over: what is seen of each, whether it was right, and in which database."""

    seen: Numbers
    right: Numbers
    database: NDArray[np.int64]


async def gather(questions: str, folder: Path) -> Sample:
    """Read every question and see whether its query is right."""
    seen, right, where = [], [], []
    schemas = {}
    names: list[str] = []
    for line in questions.splitlines():
        asked = json.loads(line)
        name = asked["db"]
        if name not in schemas:
            database = await open_database(folder / f"{name}.sqlite")
            schemas[name] = database, derive(database.schema)
            names.append(name)
        database, schema = schemas[name]
        values = match_values(asked["question"], database.values)
        reader, plan = read_with_reader(asked["question"], schema, values, TODAY)
        sql = _printed(schema, plan)
        if plan is None or sql is None or reader.unplaced:
            continue
        ours, gold = run(database.path, sql), run(database.path, asked["sql"])
        seen.append(features_of(reader, plan))
        is_right = (
            ours is not None and gold is not None and same(ours, gold, " order by " in asked["sql"].lower())
        )
        right.append(float(is_right))
        where.append(names.index(name))
    return Sample(np.array(seen), np.array(right), np.array(where))


def _printed(schema: Schema, plan: Plan | None) -> str | None:
    try:
        return schema.printer.print(plan) if plan else None
    except NoJoin:
        return None


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


def main(arguments: Sequence[str]) -> None:
    """Fit and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("databases", type=Path)
    given = parser.parse_args(arguments)
    sample = asyncio.run(gather(given.questions.read_text(encoding="utf-8"), given.databases))
    asked = len(given.questions.read_text(encoding="utf-8").splitlines())
    weights, held_out = fit(sample.seen, sample.right), cross_validate(sample)
    print("WEIGHTS = {")
    for name, weight in zip(NAMES, weights, strict=True):
        print(f'    "{name}": {weight:.2f},')
    print("}")
    for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75):
        line = f"threshold {threshold}:"
        for label, chances in (("fitted", chance(sample.seen, weights)), ("held out", held_out)):
            kept = chances >= threshold
            line += f"  {label} answers {kept.sum() / asked:.1%}, right {sample.right[kept].mean():.1%}"
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
