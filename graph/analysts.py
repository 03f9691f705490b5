"""Chooses who answers, and puts those together who stand in for each other."""

from collections.abc import Callable
from contextlib import AsyncExitStack

from agent.analyst import Analyst, Usage
from agent.prices import read_prices
from agent.purse import Budget
from graph.settings import Settings


async def open_analyst(
    settings: Settings, stack: AsyncExitStack, builtin: Analyst, spent: Callable[[Usage], None] | None = None
) -> Analyst:
    """Choose who answers: a language model where one is named, others behind it, the built-in analyst last.

    `spent` is told the tokens of each call of a model, in the task that made it. Raises `ModelUnusable`.
    """
    if settings.model is None:
        return builtin
    # Only who uses a model pays the second that importing its client takes.
    from agent.fallback import FallbackAnalyst  # noqa: PLC0415
    from agent.manner import WAYS, Manner, forget  # noqa: PLC0415
    from agent.model_analyst import ModelAnalyst  # noqa: PLC0415
    from agent.models import open_model  # noqa: PLC0415

    manner = Manner(
        timeout_s=settings.model_timeout_s,
        ways=WAYS if settings.model_way == "auto" else (settings.model_way,),
        rows_to_model=settings.rows_to_model == "always",
        spent=spent or forget,
    )
    key = settings.model_key.get_secret_value() if settings.model_key else None

    async def analyst_of(name: str) -> ModelAnalyst:
        model = await stack.enter_async_context(
            open_model(name, settings.model_url, key, settings.model_timeout_s)
        )
        small = settings.model_small if name == settings.model else None
        if small is None:
            return ModelAnalyst(model, name, manner)
        other = open_model(small, settings.model_url, key, settings.model_timeout_s)
        return ModelAnalyst(model, name, manner, (await stack.enter_async_context(other), small))

    answering = builtin
    for name in reversed([settings.model, *settings.model_fallbacks.split()]):
        analyst = await analyst_of(name)
        analyst.warm()
        answering = FallbackAnalyst(analyst, answering)
    return answering


def budget_of(settings: Settings) -> Budget:
    """What one question may spend on models. Raises `ValueError` when the prices cannot be read."""
    return Budget(settings.max_model_tokens, settings.max_model_cost, read_prices(settings.model_prices))
