"""Who answers, by the settings."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from agent.builtin.analyst import BuiltinAnalyst
from agent.errors import ModelMisconfigured
from agent.fallback import FallbackAnalyst
from agent.llm.budget import Price
from graph.factories import budget_limits, lazy_builtin, open_analyst, open_embedders
from graph.settings import Settings
from schema_docs.errors import EmbedderUnavailable
from tests.fixtures.scripted_analyst import ScriptedAnalyst

BUILTIN = ScriptedAnalyst(name="builtin")


def settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


async def opened(**given: Any) -> Any:
    async with AsyncExitStack() as stack:
        chosen = await open_analyst(settings(**given), stack, BUILTIN)
        await chosen.warm_up()
        return chosen.analyst


async def test_without_a_model_the_builtin_analyst_answers() -> None:
    assert await opened() is BUILTIN


async def test_the_builtin_analyst_need_not_be_waited_for() -> None:
    late = lazy_builtin()
    async with AsyncExitStack() as stack:
        chosen = await open_analyst(settings(), stack, late)
        await chosen.warm_up()
    made = await late.load()
    assert (chosen.analyst, made.name, made.strategies) == (late, late.name, late.strategies)
    assert isinstance(made, BuiltinAnalyst)


async def test_models_stand_in_for_each_other_and_the_builtin_analyst_for_all() -> None:
    row = await opened(model="a", model_fallbacks="b c", model_url="http://127.0.0.1:9/v1")
    names = []
    while isinstance(row, FallbackAnalyst):
        names.append(row.name)
        row = row._second
    assert names == ["a", "b", "c"]
    assert row is BUILTIN


async def test_a_provider_without_its_package_is_named_with_its_remedy() -> None:
    with pytest.raises(ModelMisconfigured, match="install the extra `community`"):
        await opened(model="replicate:owner/model")
    with pytest.raises(ModelMisconfigured, match="install the extra `providers`"):
        await opened(model="anthropic:some-model")


async def test_the_operator_decides_how_models_are_used() -> None:
    given = {"rows_to_model": "never", "model_output_method": "tool", "model_timeout_s": 7}
    row = await opened(model="a", model_url="http://127.0.0.1:9/v1", **given)
    manner = (await row._first.load())._options
    assert (manner.rows_to_model, manner.methods, manner.timeout_s) == (False, ("tool",), 7.0)


def test_a_budget_is_read_with_its_prices(tmp_path: Path) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text('{"a": {"input": 1, "output": 2}}', encoding="utf-8")
    budget = budget_limits(settings(model_prices=prices, max_model_tokens=1000, max_model_cost=0.5))
    assert (budget.max_tokens, budget.max_cost) == (1000, 0.5)
    assert budget.prices == {"a": Price(input=1, output=2)}


def test_the_default_is_word_vectors() -> None:
    assert [each.name for each in open_embedders(settings(embedder="wordllama"))] == [
        "wordllama-l2-supercat-256"
    ]


def test_an_endpoint_goes_first_and_the_default_reads_older_maps() -> None:
    chosen = open_embedders(
        settings(embedder="endpoint", embedder_url="http://127.0.0.1:1/v1", embedder_model="small")
    )
    assert [each.name for each in chosen] == ["endpoint small", "wordllama-l2-supercat-256"]


def test_an_endpoint_without_an_address_is_refused() -> None:
    with pytest.raises(EmbedderUnavailable, match="QUERENT_EMBEDDER_URL"):
        open_embedders(settings(embedder="endpoint"))
