"""How sure a reading is: a few weights on what can be seen of it, fitted by `tests/evals/fit.py`."""

import math

from agent.builtin.grammar.reader import Reader
from agent.builtin.plan import Compare, Member, Plan
from agent.builtin.walk import columns_of, tables_of

THRESHOLD = 0.45
"""Below this, the analyst asks back instead of answering."""

# Forms that mean something: where no rule used them, something was not understood.
_TELLING = frozenset(
    {"each", "by", "count", "both", "either", "distinct", "same", "bucket", "like", "information"}
)

NAMES = (
    "sure", "weakest_link", "weak_links", "narrow_choices", "tables", "idle_tables", "conditions",
    "partial_values",
    "skipped_forms", "skipped_verbs", "guesses", "superlative", "groups", "absence", "words",
    "shown", "nested", "several_sentences",
)  # fmt: skip
WEIGHTS = {
    "sure": 2.51,
    "weakest_link": -0.58,
    "weak_links": -0.53,
    "narrow_choices": -1.10,
    "tables": -1.30,
    "idle_tables": -0.04,
    "conditions": -0.01,
    "partial_values": -0.12,
    "skipped_forms": -0.27,
    "skipped_verbs": -0.59,
    "guesses": -0.70,
    "superlative": -0.02,
    "groups": -0.29,
    "absence": 0.27,
    "words": -0.65,
    "shown": -0.61,
    "nested": -0.06,
    "several_sentences": 0.30,
}


def features_of(reader: Reader, plan: Plan) -> tuple[float, ...]:
    """What can be seen of a reading, in the order of `NAMES`; each is small and grows with doubt."""
    weak = [score for score in reader.scores if score < 0.9]
    used = {col.table for col in columns_of((plan.show, plan.where, plan.group, plan.order))}
    idle = [table for table in plan.tables if table not in used and table != plan.entity]
    likes = [c for c in plan.where if isinstance(c, Compare) and c.op == "like"]
    nested = [c for c in plan.where if isinstance(c, Compare) and isinstance(c.value, Plan)]
    return (
        1.0,
        1 - min(reader.scores, default=1.0),
        min(len(weak), 4) / 4,
        sum(margin < 0.05 for margin in reader.margins) / 2,
        min(len(tables_of(plan)) - 1, 4) / 2,
        len(idle) / 2,
        min(len(plan.where), 4) / 2,
        float(bool(likes)),
        sum(kind in _TELLING for kind in reader.skipped) / 2,
        sum(kind == "verb" for kind in reader.skipped) / 2,
        min(reader.guesses, 2) / 2,
        float(reader.top is not None),
        float(bool(plan.group)),
        float(any(isinstance(c, Member) for c in plan.where)),
        min(len(reader.pieces), 30) / 10,
        min(len(plan.show), 5) / 5,
        float(bool(nested) or plan.combined is not None or bool(plan.each) or plan.over is not None),
        float(sum(piece.sign("stop") is not None for piece in reader.pieces) > 1),
    )


def confidence_of(reader: Reader, plan: Plan | None) -> float:
    """Give a number from 0 to 1: how often a reading like this one is right."""
    if plan is None:
        return 0.0
    score = sum(WEIGHTS[name] * value for name, value in zip(NAMES, features_of(reader, plan), strict=True))
    sure = 1 / (1 + math.exp(-score))
    return round(sure * 0.45 ** len(reader.unplaced), 3)
