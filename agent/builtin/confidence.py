"""How sure a reading is: a few weights on what can be seen of it, fitted by `make fit`."""

import json
import math
from pathlib import Path

from agent.builtin.grammar.reader import Reader
from agent.builtin.plan import Plan
from agent.builtin.signals import signals_of

FITTED = Path(__file__).with_name("confidence.json")
"""Where the fitted weights are kept, with the threshold chosen by them."""

# A word that could not be placed may be the one that matters; of such readings, some 3 in 10 are right.
UNPLACED = 0.45

_KEPT = json.loads(FITTED.read_text(encoding="utf-8"))

WEIGHTS: dict[str, float] = _KEPT["weights"]

THRESHOLD: float = _KEPT["threshold"]
"""Below this, the analyst asks back instead of answering."""


def confidence_of(reader: Reader, plan: Plan | None) -> float:
    """Give a number from 0 to 1: how often a reading like this one is right."""
    if plan is None:
        return 0.0
    score = sum(WEIGHTS[name] * value for name, value in signals_of(reader, plan).items())
    return round(UNPLACED ** len(reader.unplaced) / (1 + math.exp(-score)), 3)
