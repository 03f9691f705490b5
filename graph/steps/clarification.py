"""What becomes of a question with several readings: the person is asked once, else the likeliest is taken."""

from dataclasses import dataclass, replace
from typing import Literal

from agent.analyst import Intent
from graph.state import State, Update


def take_likeliest(intent: Intent) -> Intent:
    """Take the likeliest reading of an unclear question, and say so. It must have one."""
    assert intent.likeliest is not None
    others = " or ".join(f"“{choice}”" for choice in intent.choices if choice != intent.likeliest)
    said = f"Taken as “{intent.likeliest}”" + (f"; it could also mean {others}." if others else ".")
    return replace(
        intent,
        kind="data",
        question=intent.likeliest,
        reply=None,
        choices=(),
        likeliest=None,
        assumptions=(*intent.assumptions, said),
    )


@dataclass(frozen=True, slots=True)
class Readings:
    """Decides by what the operator wants: `ask` the person, once a turn and with choices, or `never`."""

    clarify: Literal["ask", "never"]

    def asked_back(self, intent: Intent, clarified: bool) -> Update:
        """Send an unclear question back to the person, once a turn, where there is something to choose."""
        return {"unclear": intent} if self._asks(intent, clarified) else {}

    def decided(self, intent: Intent, clarified: bool) -> Intent:
        """Take the likeliest reading where nobody is to be asked, or not again.

        One reading alone, which leaves nothing to choose, is no reason to answer what was not understood.
        """
        decides = intent.kind == "unclear" and intent.likeliest and (clarified or self.clarify == "never")
        return take_likeliest(intent) if decides else intent

    def back_to_the_question(self, unclear: Intent, state: State) -> Update:
        """What was found unclear while drafting: ask the person, or take up the likeliest reading once."""
        clarified = state["clarified"] or bool(state["done"] or state["ahead"])
        intent = unclear if state["decided"] else self.decided(unclear, clarified)
        if intent.kind == "data":
            return {"intent": intent, "draft": None, "found": None, "round": 0, "decided": True}
        back = self.asked_back(intent, clarified)
        return {"intent": intent, "draft": None, "round": state["round"] + 1, **back}

    def _asks(self, intent: Intent, clarified: bool) -> bool:
        wanted = intent.kind == "unclear" and len(intent.choices) > 1
        return wanted and not clarified and self.clarify == "ask"
