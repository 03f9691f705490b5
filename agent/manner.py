"""How a language model is used: what the operator decides, for all its calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from langchain_core.runnables import RunnableConfig

from agent.analyst import Usage

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
