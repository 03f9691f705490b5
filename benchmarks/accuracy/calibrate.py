"""Calibration of the built-in analyst: fit its confidence to questions with gold queries (`make calibrate`).

    python -m benchmarks.accuracy.calibrate QUESTIONS.jsonl DATABASES

Writes the weights and the threshold to `agent/builtin/confidence.json`, the same for the same questions.
Prints their quality as fitted and held out (cross-validated by database). The threshold is the lowest at
which, held out, four of five answers are correct.
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
from benchmarks.accuracy.spider import TODAY, Database, is_same_result, open_database, run_query
from schema_docs.values.index import match_values

FOLDS, STEPS, LEARNING_RATE, RIDGE = 5, 4_000, 0.5, 0.003
# Required precision of the answers, on databases that were not used for fitting.
MIN_PRECISION = 0.8
THRESHOLDS = tuple(number / 100 for number in range(30, 91))
REPORTED_THRESHOLDS = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Parsed questions: features (columns in the order of `names`), correctness, and database number."""

    names: tuple[str, ...]
    features: Numbers
    correct: Numbers
    database: NDArray[np.int64]
    question_count: int


async def collect_samples(questions: Sequence[dict[str, str]], folder: Path) -> Sample:
    """Parse every question and check whether its query is correct."""
    names = sorted({question["db"] for question in questions})
    opened = {name: await open_database(folder / f"{name}.sqlite") for name in names}
    schemas = {name: build_schema(database.schema) for name, database in opened.items()}
    features: list[dict[str, float]] = []
    correct, database_numbers = [], []
    for question in questions:
        database, schema = opened[question["db"]], schemas[question["db"]]
        values = match_values(question["question"], database.values)
        state, plan = parse_with_plan(question["question"], schema, values, TODAY)
        sql = _print_sql(schema, plan)
        if plan is not None and sql is not None and not state.evidence.unplaced:
            features.append(extract_features(state, plan))
            correct.append(float(_is_right(database, sql, question["sql"])))
            database_numbers.append(names.index(question["db"]))
    signals = tuple(features[0])
    matrix = np.array([[row[signal] for signal in signals] for row in features])
    return Sample(signals, matrix, np.array(correct), np.array(database_numbers), len(questions))


def _print_sql(schema: Schema, plan: Plan | None) -> str | None:
    try:
        return schema.printer.print(plan) if plan else None
    except NoJoinPath:
        return None


def _is_right(database: Database, sql: str, gold_sql: str) -> bool:
    rows, gold_rows = run_query(database.path, sql), run_query(database.path, gold_sql)
    return (
        rows is not None
        and gold_rows is not None
        and is_same_result(rows, gold_rows, " order by " in gold_sql.lower())
    )


def fit(features: Numbers, correct: Numbers) -> Numbers:
    """Logistic regression by gradient descent, with a small ridge on all but the constant."""
    weights = np.zeros(features.shape[1])
    ridge = np.full(features.shape[1], RIDGE)
    ridge[0] = 0.0
    for _ in range(STEPS):
        error = predict(features, weights) - correct
        weights -= LEARNING_RATE * (features.T @ error / len(correct) + ridge * weights)
    return weights


def predict(features: Numbers, weights: Numbers) -> Numbers:
    """Predict the probability that each parse is correct."""
    chances: Numbers = 1 / (1 + np.exp(-features @ weights))
    return chances


def cross_validate(sample: Sample) -> Numbers:
    """Predict each parse with weights fitted without its database."""
    chances = np.zeros(len(sample.correct))
    for fold in range(FOLDS):
        out = sample.database % FOLDS == fold
        chances[out] = predict(sample.features[out], fit(sample.features[~out], sample.correct[~out]))
    return chances


def choose_threshold(chances: Numbers, correct: Numbers) -> float:
    """Return the lowest threshold with sufficient precision."""
    sufficient = (cut for cut in THRESHOLDS if correct[chances >= cut].mean() >= MIN_PRECISION)
    return next(sufficient, THRESHOLDS[-1])


def report_lines(sample: Sample, fitted: Numbers, held_out: Numbers, threshold: float) -> Iterator[str]:
    """Report the quality of the weights, as fitted and held out."""
    databases = len(set(sample.database))
    yield f"{sample.question_count} questions in {databases} databases, {len(sample.names)} weights"
    yield f"correct of all, at any confidence: {sample.correct.sum() / sample.question_count:.1%}"
    for cut in sorted({*REPORTED_THRESHOLDS, threshold}):
        line = f"{'chosen' if cut == threshold else '      '} {cut:.2f}:"
        for label, chances in (("fitted", fitted), ("held out", held_out)):
            answered = chances >= cut
            coverage, precision = answered.sum() / sample.question_count, sample.correct[answered].mean()
            rates = f"answers {coverage:.1%}, correct {precision:.1%}"
            line += f"  {label} {rates}"
        yield line
    errors = np.abs(held_out - sample.correct).mean(), ((held_out - sample.correct) ** 2).mean()
    yield f"held out: mean error {errors[0]:.3f}, Brier score {errors[1]:.3f}"


def main(arguments: Sequence[str]) -> None:
    """Fit, write and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("databases", type=Path)
    options = parser.parse_args(arguments)
    lines = options.questions.read_text(encoding="utf-8").splitlines()
    sample = asyncio.run(collect_samples([json.loads(line) for line in lines], options.databases))
    weights, held_out = fit(sample.features, sample.correct), cross_validate(sample)
    threshold = choose_threshold(held_out, sample.correct)
    rounded_weights = {
        name: round(float(weight), 2) for name, weight in zip(sample.names, weights, strict=True)
    }
    WEIGHTS_FILE.write_text(
        json.dumps({"threshold": threshold, "weights": rounded_weights}, indent=2) + "\n", encoding="utf-8"
    )
    print(*report_lines(sample, predict(sample.features, weights), held_out, threshold), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
