"""LLM budget of one question: limits, prices, and the usage so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.errors import BudgetExceeded

TOKENS_PER_PRICE = 1_000_000

Money = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Token usage of one model call; `input_tokens` include `cached_tokens`."""

    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    cached_tokens: int = 0


class Price(BaseModel):
    """Price of a model per million tokens; `cached` is the price of cached input tokens, if it differs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Money
    output: Money
    cached: Money | None = None

    def cost(self, usage: TokenUsage) -> float:
        """Return the cost of one call."""
        cached_price = self.input if self.cached is None else self.cached
        uncached_tokens = usage.input_tokens - usage.cached_tokens
        input_cost = uncached_tokens * self.input + usage.cached_tokens * cached_price
        return (input_cost + usage.output_tokens * self.output) / TOKENS_PER_PRICE


_PRICES: TypeAdapter[dict[str, Price]] = TypeAdapter(dict[str, Price])


def read_prices(path: Path | None) -> Mapping[str, Price]:
    """Read a JSON file of prices by model: `{"name": {"input": 0.5, "output": 2}}`.

    Raises `ValueError` with a sentence that names the problem.
    """
    if path is None:
        return {}
    try:
        return _PRICES.validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"The prices file {path} cannot be read.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        location = ".".join(map(str, first["loc"]))
        raise ValueError(f"The prices file {path} is invalid: {location}: {first['msg']}") from error


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """Limits of one question: input plus output tokens, and cost. None is unlimited.

    Once a limit is reached no further call starts; calls under way are finished.
    """

    max_tokens: int | None = None
    max_cost: float | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)


@dataclass(slots=True)
class LlmBudget:
    """Model usage of one question, and its limits; `unpriced_calls` are calls of models without a price."""

    limits: BudgetLimits = field(default_factory=BudgetLimits)
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    unpriced_calls: int = 0
    models: dict[str, int] = field(default_factory=dict)

    def record(self, usage: TokenUsage) -> None:
        """Add the usage of one call."""
        self.calls += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.models[usage.model] = self.models.get(usage.model, 0) + 1
        if (price := self.limits.prices.get(usage.model)) is None:
            self.unpriced_calls += 1
        else:
            self.cost += price.cost(usage)

    def check(self) -> None:
        """Raise `BudgetExceeded` if a limit is reached."""
        max_tokens, max_cost = self.limits.max_tokens, self.limits.max_cost
        if max_tokens is not None and self.input_tokens + self.output_tokens >= max_tokens:
            raise BudgetExceeded("The question has reached its token limit.")
        if max_cost is not None and self.cost >= max_cost:
            raise BudgetExceeded("The question has reached its cost limit.")
