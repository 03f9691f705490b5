"""A question spends what it may, and no more."""

import asyncio

import pytest

from agent.analyst import Usage
from agent.errors import BudgetSpent
from agent.prices import Price
from agent.purse import Budget, Purse, current_purse, paying_from

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
