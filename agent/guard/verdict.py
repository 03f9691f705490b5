"""Verdict types of the guard; the approving one is `store.access.approved_query.Approved`."""

from dataclasses import dataclass
from typing import Literal

Layer = Literal["tokens", "grammar", "functions", "names", "print", "policy"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A query that may not run. `reason` is for people; `hint` tells the analyst about similar names."""

    layer: Layer
    kind: str
    reason: str
    hint: str = ""


class RuleViolation(Exception):
    """Internal exception of the guard; `judge` converts it into the `Rejected` value it carries."""

    def __init__(self, layer: Layer, kind: str, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.rejected = Rejected(layer, kind, reason, hint)
