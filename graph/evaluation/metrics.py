"""The figures of a measurement: how much was answered, how rightly, how quickly, at what price."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.evaluation.hardness import CLASSES
from graph.evaluation.runner import Scored

CUTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Share:
    """How many questions were answered, and rightly."""

    questions: int
    answered: int
    right: int

    @property
    def of_all(self) -> float:
        """Right of all: an unanswered one is not right."""
        return _share(self.right, self.questions)

    @property
    def coverage(self) -> float:
        """Answered of all."""
        return _share(self.answered, self.questions)

    @property
    def of_answered(self) -> float:
        """Right of those that were answered."""
        return _share(self.right, self.answered)

    def as_plain(self) -> dict[str, float]:
        """Give them as JSON has it."""
        return {
            "questions": self.questions,
            "answered": self.answered,
            "right": self.right,
            "of_all": self.of_all,
            "coverage": self.coverage,
            "of_answered": self.of_answered,
        }


def share_of(scored: Sequence[Scored], at_least: float = 0.0) -> Share:
    """Count; what was answered with less confidence than `at_least` counts as not answered."""
    answered = [one for one in scored if one.reply.sql is not None and one.reply.confidence >= at_least]
    return Share(len(scored), len(answered), sum(one.right for one in answered))


def figures_of(conversations: Sequence[Sequence[Scored]]) -> dict[str, Any]:
    """Give all figures, as JSON has them. Shares are from 0 to 1."""
    scored = [one for conversation in conversations for one in conversation]
    figures: dict[str, Any] = share_of(scored).as_plain()
    guessed = sum(one.right_or_guessed for one in scored)
    figures["guessing"] = {"right": guessed, "of_all": _share(guessed, len(scored))}
    if any(len(conversation) > 1 for conversation in conversations):
        whole = sum(all(one.right for one in conversation) for conversation in conversations)
        figures["dialogues"] = {
            "dialogues": len(conversations),
            "all_turns_right": whole,
            "of_all": _share(whole, len(conversations)),
        }
    figures["by_hardness"] = {
        name: share_of(own).as_plain()
        for name in CLASSES
        if (own := [one for one in scored if one.hardness == name])
    }
    figures["by_confidence"] = [{"at_least": cut, **share_of(scored, cut).as_plain()} for cut in CUTS]
    figures["outcomes"] = dict(Counter(one.reply.outcome for one in scored).most_common())
    figures["analysts"] = dict(Counter(one.reply.analyst for one in scored if one.reply.analyst))
    figures["known_query_does_not_run"] = sum(not one.known_runs for one in scored)
    figures["ms"] = _times([one.reply.ms for one in scored])
    figures["turn_ms"] = _times([one.reply.turn_ms for one in scored])
    figures["tokens"] = {
        "input": sum(one.reply.input_tokens for one in scored),
        "output": sum(one.reply.output_tokens for one in scored),
    }
    paid = [one.reply.money for one in scored if one.reply.money is not None]
    figures["money"] = round(sum(paid), 6) if paid else None
    return figures


def prediction_of(scored: Scored) -> dict[str, Any]:
    """Give one line of a file of predictions. `sql` is null where the service did not answer.

    Where it asked back, `guess` is the query of its likeliest reading, and `confidence` is that one's.
    """
    reply, guess = scored.reply, scored.guess
    sure = reply.confidence if guess is None else guess.confidence
    line = {
        "id": scored.known.id,
        "sql": reply.sql,
        "confidence": round(sure, 4),
        "ms": round(reply.ms, 2),
    }
    return line if guess is None else {**line, "guess": guess.sql}


def _times(times: Sequence[float]) -> dict[str, float]:
    """Milliseconds of the middle question, and of the one that 99 of 100 are quicker than."""
    if not times:
        return {"median": 0.0, "p99": 0.0}
    ordered = sorted(times)
    last = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
    return {"median": round(statistics.median(ordered), 2), "p99": round(last, 2)}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
