"""What the guard may say: `store.access.approved_query.Approved`, or this."""

from dataclasses import dataclass
from typing import Literal

Layer = Literal["tokens", "grammar", "functions", "names", "print", "policy"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A query that may not run. `reason` is for people, `hint` names what is near, for the analyst."""

    layer: Layer
    kind: str
    reason: str
    hint: str = ""


class Refused(Exception):
    """Raised inside the guard only; `judge` turns it into the value it carries."""

    def __init__(self, layer: Layer, kind: str, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.rejected = Rejected(layer, kind, reason, hint)
