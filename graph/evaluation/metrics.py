"""Evaluation metrics: accuracy, coverage, precision, latency percentiles, tokens and cost."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.evaluation.datasets import HARDNESS_CLASSES
from graph.evaluation.runner import ScoredQuestion

CONFIDENCE_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class AnswerRates:
    """Counts of questions that were answered and answered correctly."""

    questions: int
    answered: int
    correct: int

    @property
    def accuracy(self) -> float:
        """Share of all questions answered correctly; unanswered questions count as wrong."""
        return _ratio(self.correct, self.questions)

    @property
    def coverage(self) -> float:
        """Share of all questions that were answered."""
        return _ratio(self.answered, self.questions)

    @property
    def precision(self) -> float:
        """Share of the answered questions that were answered correctly."""
        return _ratio(self.correct, self.answered)

    def to_json(self) -> dict[str, float]:
        """Serialize counts and rates."""
        return {
            "questions": self.questions,
            "answered": self.answered,
            "right": self.correct,
            "accuracy": self.accuracy,
            "coverage": self.coverage,
            "precision": self.precision,
        }


def answer_rates(scored: Sequence[ScoredQuestion], threshold: float = 0.0) -> AnswerRates:
    """Count answers; an answer with a confidence below `threshold` counts as unanswered."""
    answered = [
        question
        for question in scored
        if question.reply.sql is not None and question.reply.confidence >= threshold
    ]
    return AnswerRates(len(scored), len(answered), sum(question.correct for question in answered))


def compute_metrics(dialogues: Sequence[Sequence[ScoredQuestion]]) -> dict[str, Any]:
    """Compute all metrics, as JSON values. Rates are from 0 to 1, times in milliseconds."""
    scored = [question for dialogue in dialogues for question in dialogue]
    metrics: dict[str, Any] = answer_rates(scored).to_json()
    correct_or_guessed = sum(question.correct_or_guessed for question in scored)
    metrics["with_guesses"] = {
        "right": correct_or_guessed,
        "accuracy": _ratio(correct_or_guessed, len(scored)),
    }
    if any(len(dialogue) > 1 for dialogue in dialogues):
        correct_dialogues = sum(all(question.correct for question in dialogue) for dialogue in dialogues)
        metrics["dialogues"] = {
            "dialogues": len(dialogues),
            "all_turns_correct": correct_dialogues,
            "accuracy": _ratio(correct_dialogues, len(dialogues)),
        }
    metrics["by_hardness"] = {
        name: answer_rates(questions).to_json()
        for name in HARDNESS_CLASSES
        if (questions := [question for question in scored if question.hardness == name])
    }
    metrics["by_confidence"] = [
        {"at_least": threshold, **answer_rates(scored, threshold).to_json()}
        for threshold in CONFIDENCE_THRESHOLDS
    ]
    metrics["outcomes"] = dict(Counter(question.reply.outcome for question in scored).most_common())
    metrics["analysts"] = dict(
        Counter(question.reply.analyst for question in scored if question.reply.analyst)
    )
    metrics["failed_gold_queries"] = sum(not question.gold_runs for question in scored)
    metrics["ms"] = _latency_percentiles([question.reply.ms for question in scored])
    metrics["turn_ms"] = _latency_percentiles([question.reply.turn_ms for question in scored])
    metrics["tokens"] = {
        "input": sum(question.reply.input_tokens for question in scored),
        "output": sum(question.reply.output_tokens for question in scored),
    }
    costs = [question.reply.cost for question in scored if question.reply.cost is not None]
    metrics["cost"] = round(sum(costs), 6) if costs else None
    return metrics


def prediction_record(scored: ScoredQuestion) -> dict[str, Any]:
    """Build one line of a predictions file. `sql` is null if the service did not answer.

    If it asked for clarification, `guess` is the query of its most likely interpretation.
    """
    reply, guess = scored.reply, scored.guess
    confidence = reply.confidence if guess is None else guess.confidence
    line = {
        "id": scored.gold.id,
        "sql": reply.sql,
        "confidence": round(confidence, 4),
        "ms": round(reply.ms, 2),
    }
    return line if guess is None else {**line, "guess": guess.sql}


def _latency_percentiles(times: Sequence[float]) -> dict[str, float]:
    """Compute the median and the 99th percentile, in milliseconds."""
    if not times:
        return {"median": 0.0, "p99": 0.0}
    ordered = sorted(times)
    last = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
    return {"median": round(statistics.median(ordered), 2), "p99": round(last, 2)}


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
