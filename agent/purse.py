"""What one question may spend on language models, and what it has spent."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from agent.analyst import Usage
from agent.errors import BudgetSpent
from agent.prices import Price


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
