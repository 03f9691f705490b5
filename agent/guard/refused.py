"""How a part of the guard says no, however deep in the tree it stands."""

from agent.guard.verdict import Layer, Rejected


class Refused(Exception):
    """Raised inside the guard only; `judge` turns it into the value it carries."""

    def __init__(self, layer: Layer, kind: str, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.rejected = Rejected(layer, kind, reason, hint)
