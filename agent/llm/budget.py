"""What one question may spend on language models, and what it has spent."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.analyst import Usage
from agent.errors import BudgetSpent

A_MILLION = 1_000_000

Money = Annotated[float, Field(ge=0)]


class Price(BaseModel):
    """Money for a million tokens. Tokens that a provider had cached cost `cached`, where that is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Money
    output: Money
    cached: Money | None = None

    def of(self, usage: Usage) -> float:
        """What one call cost."""
        cached = self.input if self.cached is None else self.cached
        fresh = usage.input_tokens - usage.cached_tokens
        parts = fresh * self.input + usage.cached_tokens * cached + usage.output_tokens * self.output
        return parts / A_MILLION


_prices: TypeAdapter[dict[str, Price]] = TypeAdapter(dict[str, Price])


def read_prices(path: Path | None) -> Mapping[str, Price]:
    """Read a JSON file of prices by model: `{"name": {"input": 0.5, "output": 2}}`.

    Raises `ValueError` with a sentence that says what is wrong with it.
    """
    if path is None:
        return {}
    try:
        return _prices.validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"The prices cannot be read from {path}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(
            f"The prices in {path} are not as they should be: {where}: {first['msg']}"
        ) from error


@dataclass(frozen=True, slots=True)
class Budget:
    """The most one question may take: tokens given and got, and money. None is without limit.

    A call is not begun once a limit is reached; calls under way are finished.
    """

    tokens: int | None = None
    money: float | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)


@dataclass(slots=True)
class Purse:
    """One question's spending, added up call by call. `unpriced` counts calls whose price nobody named."""

    budget: Budget = field(default_factory=Budget)
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    money: float = 0.0
    unpriced: int = 0
    models: dict[str, int] = field(default_factory=dict)

    def note(self, usage: Usage) -> None:
        """Add a call."""
        self.calls += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.models[usage.model] = self.models.get(usage.model, 0) + 1
        if (price := self.budget.prices.get(usage.model)) is None:
            self.unpriced += 1
        else:
            self.money += price.of(usage)

    def check(self) -> None:
        """Raise `BudgetSpent` when nothing more may be spent."""
        tokens, money = self.budget.tokens, self.budget.money
        if tokens is not None and self.input_tokens + self.output_tokens >= tokens:
            raise BudgetSpent("The question has used up the tokens it may take.")
        if money is not None and self.money >= money:
            raise BudgetSpent("The question has used up the money it may cost.")


# Steps run in tasks of their own, which take this along; each question has its own purse.
_purse: ContextVar[Purse] = ContextVar("purse")


@contextmanager
def paying_from(purse: Purse) -> Iterator[None]:
    """Have every call of a model within the block paid from a purse."""
    token = _purse.set(purse)
    try:
        yield
    finally:
        _purse.reset(token)


def current_purse() -> Purse:
    """The purse to pay from; where nobody set one, one without limits that nobody looks at."""
    return _purse.get(Purse())
