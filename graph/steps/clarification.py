"""Clarification policy for ambiguous questions: ask the user once, or take the default interpretation."""

from dataclasses import dataclass, replace
from typing import Literal

from agent.analyst import Intent
from graph.state import State, Update


def take_default(intent: Intent) -> Intent:
    """Resolve an ambiguous intent to its default choice, and record that as an assumption."""
    assert intent.default_choice is not None
    alternatives = " or ".join(f"“{choice}”" for choice in intent.choices if choice != intent.default_choice)
    assumption = f"Taken as “{intent.default_choice}”"
    assumption += f"; it could also mean {alternatives}." if alternatives else "."
    return replace(
        intent,
        kind="data",
        question=intent.default_choice,
        reply=None,
        choices=(),
        default_choice=None,
        assumptions=(*intent.assumptions, assumption),
    )


@dataclass(frozen=True, slots=True)
class ClarificationPolicy:
    """The operator's choice: `ask` the user, at most once a turn and with choices, or `never`."""

    clarify: Literal["ask", "never"]

    def ask_back(self, intent: Intent, clarified: bool) -> Update:
        """Return the update that interrupts the run for an ambiguous intent, or an empty update."""
        return {"unclear": intent} if self._should_ask(intent, clarified) else {}

    def resolve(self, intent: Intent, clarified: bool) -> Intent:
        """Take the default interpretation if the user must not be asked (again).

        A single uncertain interpretation is not taken while the user can be asked: it would answer a question
        that was not understood.
        """
        takes_default = (
            intent.kind == "unclear" and intent.default_choice and (clarified or self.clarify == "never")
        )
        return take_default(intent) if takes_default else intent

    def update_for(self, unclear: Intent, state: State) -> Update:
        """Handle an ambiguity found while drafting: ask the user, or take the default once."""
        clarified = state["clarified"] or bool(state["finished"] or state["pending"])
        intent = unclear if state["default_taken"] else self.resolve(unclear, clarified)
        if intent.kind == "data":
            return {"intent": intent, "draft": None, "retrieval": None, "round": 0, "default_taken": True}
        ask_back = self.ask_back(intent, clarified)
        return {"intent": intent, "draft": None, "round": state["round"] + 1, **ask_back}

    def _should_ask(self, intent: Intent, clarified: bool) -> bool:
        ambiguous = intent.kind == "unclear" and len(intent.choices) > 1
        return ambiguous and not clarified and self.clarify == "ask"
