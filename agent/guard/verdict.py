"""What the guard may say: `store.approved.Approved`, or this."""

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
