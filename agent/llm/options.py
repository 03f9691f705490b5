"""How a language model is used: what the operator decides, for all its calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from langchain_core.messages.ai import UsageMetadata
from langchain_core.runnables import RunnableConfig

from agent.analyst import Usage
from agent.llm.budget import current_purse

Way = Literal["json_schema", "tool", "json_object", "prose"]
WAYS: tuple[Way, ...] = ("json_schema", "tool", "json_object", "prose")

# Whoever streams a graph's messages hears none of our calls: forms are no answers, words are made safe first.
UNHEARD: RunnableConfig = {"tags": ["nostream"]}


def forget(usage: Usage) -> None:
    """Let what was spent be nobody's concern."""


@dataclass(frozen=True, slots=True)
class Manner:
    """Limits and choices. `timeout_s` bounds each call as a whole, `stall_s` the silence within an answer.

    `ways` of having a form filled in, strictest first. `spent` is told the tokens of each call, in the task
    that made it. With `rows_to_model` off no row ever leaves; answers are then worded without the model.
    """

    timeout_s: float = 60.0
    stall_s: float = 20.0
    ways: tuple[Way, ...] = WAYS
    rows_to_model: bool = True
    spent: Callable[[Usage], None] = forget

    def count(self, model: str, told: UsageMetadata | None) -> None:
        """Note what a call took, as the provider has told it; one that tells nothing is still a call."""
        cached = told.get("input_token_details", {}).get("cache_read", 0) if told else 0
        given, got = (told["input_tokens"], told["output_tokens"]) if told else (0, 0)
        usage = Usage(given, got, model, cached)
        current_purse().note(usage)
        self.spent(usage)
