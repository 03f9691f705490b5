"""A question spends what it may, and no more."""

import asyncio
from pathlib import Path

import pytest

from agent.analyst import Usage
from agent.errors import BudgetSpent
from agent.llm.budget import Budget, Price, Purse, current_purse, paying_from, read_prices

CALL = Usage(1_000_000, 500_000, "large", cached_tokens=400_000)
PRICES = {"large": Price(input=2, output=8, cached=0.5)}


def test_calls_are_added_up_with_their_price() -> None:
    purse = Purse(Budget(prices=PRICES))
    purse.note(CALL)
    purse.note(Usage(10, 5, "small"))
    assert (purse.calls, purse.input_tokens, purse.output_tokens) == (2, 1_000_010, 500_005)
    assert purse.money == pytest.approx(0.6 * 2 + 0.4 * 0.5 + 0.5 * 8)
    assert purse.unpriced == 1
    assert purse.models == {"large": 1, "small": 1}


@pytest.mark.parametrize("budget", [Budget(tokens=1_000), Budget(money=0.1, prices=PRICES)])
def test_nothing_is_begun_once_the_limit_is_reached(budget: Budget) -> None:
    purse = Purse(budget)
    purse.check()
    purse.note(CALL)
    with pytest.raises(BudgetSpent):
        purse.check()


def test_without_limits_everything_may_be_spent() -> None:
    purse = Purse()
    purse.note(CALL)
    purse.check()


async def test_each_question_pays_from_its_own_purse() -> None:
    async def ask(purse: Purse) -> None:
        with paying_from(purse):
            await asyncio.sleep(0)
            async with asyncio.TaskGroup() as group:
                group.create_task(call())

    async def call() -> None:
        current_purse().note(CALL)

    one, other = Purse(), Purse()
    await asyncio.gather(ask(one), ask(other), ask(other))
    assert (one.calls, other.calls) == (1, 2)
    current_purse().note(CALL)
    assert current_purse().calls == 0


def test_prices_are_for_a_million_tokens() -> None:
    assert Price(input=0.5, output=2).of(Usage(2_000_000, 500_000)) == 2.0


def test_cached_tokens_cost_as_others_unless_it_is_said() -> None:
    usage = Usage(1_000_000, 0, cached_tokens=1_000_000)
    assert Price(input=1, output=0).of(usage) == 1.0
    assert Price(input=1, output=0, cached=0.1).of(usage) == pytest.approx(0.1)


def test_a_file_names_models_and_their_prices(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"large": {"input": 2, "output": 8, "cached": 0.5}}', encoding="utf-8")
    assert read_prices(path) == {"large": Price(input=2, output=8, cached=0.5)}
    assert read_prices(None) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"large": {"input": -1, "output": 1}}', "large.input"),
        ('{"large": {"input": 1}}', "large.output"),
        ("nonsense", "not as they should be"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read_prices(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_prices(tmp_path / "none.json")
