"""LLM call options: what the operator configures for all model calls."""

from dataclasses import dataclass
from typing import Literal

from langchain_core.messages.ai import UsageMetadata
from langchain_core.runnables import RunnableConfig

from agent.llm.budget import TokenUsage

OutputMethod = Literal["json_schema", "tool", "json_object", "prose"]
OUTPUT_METHODS: tuple[OutputMethod, ...] = ("json_schema", "tool", "json_object", "prose")

# Keeps calls out of LangGraph's `messages` stream: JSON is no answer, and text must be sanitized first.
WITHOUT_CALLBACKS: RunnableConfig = {"tags": ["nostream"]}


@dataclass(frozen=True, slots=True)
class LlmOptions:
    """Time limits and output methods. `timeout_s` bounds a whole call, `stall_s` a pause within a stream.

    `methods` are the structured-output methods to try, strictest first. Without `rows_to_model` result rows
    are never sent to a model, and answers are worded without one.
    """

    timeout_s: float = 60.0
    stall_s: float = 20.0
    methods: tuple[OutputMethod, ...] = OUTPUT_METHODS
    rows_to_model: bool = True


def token_usage(model: str, metadata: UsageMetadata | None) -> TokenUsage:
    """Convert the usage of a call as reported by the provider; without a report it is zero tokens."""
    if metadata is None:
        return TokenUsage(model=model)
    cached = metadata.get("input_token_details", {}).get("cache_read", 0)
    return TokenUsage(metadata["input_tokens"], metadata["output_tokens"], model, cached)
