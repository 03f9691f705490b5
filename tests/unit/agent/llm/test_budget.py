"""A question spends what it may, and no more."""

from pathlib import Path

import pytest

from agent.errors import BudgetExceeded
from agent.llm.budget import BudgetLimits, LlmBudget, Price, TokenUsage, read_prices

CALL = TokenUsage(1_000_000, 500_000, "large", cached_tokens=400_000)
PRICES = {"large": Price(input=2, output=8, cached=0.5)}


def test_calls_are_added_up_with_their_price() -> None:
    budget = LlmBudget(BudgetLimits(prices=PRICES))
    budget.record(CALL)
    budget.record(TokenUsage(10, 5, "small"))
    assert (budget.calls, budget.input_tokens, budget.output_tokens) == (2, 1_000_010, 500_005)
    assert budget.cost == pytest.approx(0.6 * 2 + 0.4 * 0.5 + 0.5 * 8)
    assert budget.unpriced_calls == 1
    assert budget.models == {"large": 1, "small": 1}


@pytest.mark.parametrize(
    "limits", [BudgetLimits(max_tokens=1_000), BudgetLimits(max_cost=0.1, prices=PRICES)]
)
def test_nothing_is_begun_once_the_limit_is_reached(limits: BudgetLimits) -> None:
    budget = LlmBudget(limits)
    budget.check()
    budget.record(CALL)
    with pytest.raises(BudgetExceeded):
        budget.check()


def test_without_limits_everything_may_be_spent() -> None:
    budget = LlmBudget()
    budget.record(CALL)
    budget.check()


def test_prices_are_for_a_million_tokens() -> None:
    assert Price(input=0.5, output=2).cost(TokenUsage(2_000_000, 500_000)) == 2.0


def test_cached_tokens_cost_as_others_unless_it_is_said() -> None:
    usage = TokenUsage(1_000_000, 0, cached_tokens=1_000_000)
    assert Price(input=1, output=0).cost(usage) == 1.0
    assert Price(input=1, output=0, cached=0.1).cost(usage) == pytest.approx(0.1)


def test_a_file_names_models_and_their_prices(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"large": {"input": 2, "output": 8, "cached": 0.5}}', encoding="utf-8")
    assert read_prices(path) == {"large": Price(input=2, output=8, cached=0.5)}
    assert read_prices(None) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"large": {"input": -1, "output": 1}}', "large.input"),
        ('{"large": {"input": 1}}', "large.output"),
        ("nonsense", "is invalid"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_prices(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_prices(tmp_path / "none.json")
