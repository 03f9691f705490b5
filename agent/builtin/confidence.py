"""How sure a reading is: a few weights on what can be seen of it."""

from agent.builtin.plan import Plan
from agent.builtin.reader import Reader
from agent.builtin.walk import tables_of

THRESHOLD = 0.5
"""Below this, the analyst asks back instead of answering."""


def confidence_of(reader: Reader, plan: Plan | None) -> float:
    """Give a number from 0 to 1: lower for weak links, words left over, and long ways between tables."""
    if plan is None:
        return 0.0
    sure = 0.97
    for score in reader.scores:
        sure *= 1.0 if score >= 0.9 else 0.9 + 0.1 * score
    if reader.unplaced:
        sure *= 0.45 ** len(reader.unplaced)
    sure *= 0.97 ** max(0, len(tables_of(plan)) - 1)
    return round(max(0.0, min(1.0, sure)), 3)
