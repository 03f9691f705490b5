"""Chooses who answers, and puts those together who stand in for each other."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from agent.analyst import Analyst, Usage
from agent.fallback import FallbackAnalyst
from agent.lazy import LateAnalyst
from agent.llm.analyst import ModelAnalyst
from agent.llm.budget import Budget, read_prices
from agent.llm.options import WAYS, Manner, forget
from graph.settings import Settings
from schema_docs.embedding.embedder import Embedder, WordLlamaEmbedder
from schema_docs.embedding.local import MiniLmEmbedder
from schema_docs.errors import EmbedderUnavailable


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who answers, and those of them that are made when they are first needed."""

    analyst: Analyst
    late: Sequence[LateAnalyst] = ()

    async def warm(self) -> None:
        """Make what the first question would have to wait for; nothing is sent."""
        for analyst in self.late:
            await analyst.arrive()


def late_builtin() -> LateAnalyst:
    """Give the built-in analyst, to be imported beside other work: a tenth of what a start takes."""

    def build() -> Analyst:
        from agent.builtin.analyst import BuiltinAnalyst  # noqa: PLC0415 – as said

        return BuiltinAnalyst()

    return LateAnalyst("builtin", ("direct",), lambda: asyncio.to_thread(build))


async def open_analyst(
    settings: Settings, stack: AsyncExitStack, builtin: Analyst, spent: Callable[[Usage], None] | None = None
) -> Chosen:
    """Choose who answers: a language model where one is named, others behind it, the built-in analyst last.

    `spent` is told the tokens of each call of a model, in the task that made it. Raises `ModelUnusable`.
    """
    late = [builtin] if isinstance(builtin, LateAnalyst) else []
    if settings.model is None:
        return Chosen(builtin, late)
    manner = Manner(
        timeout_s=settings.model_timeout_s,
        ways=WAYS if settings.model_way == "auto" else (settings.model_way,),
        rows_to_model=settings.rows_to_model == "always",
        spent=spent or forget,
    )
    names = [settings.model, *settings.model_fallbacks.split()]
    models = [_analyst_of(name, settings, manner, stack) for name in names]
    for analyst in models:
        # Whether another provider's package is there, whoever starts the service wants to know at once.
        if settings.model_url is None and ":" in analyst.name:
            await analyst.arrive()
    answering = builtin
    for analyst in reversed(models):
        answering = FallbackAnalyst(analyst, answering)
    return Chosen(answering, [*models, *late])


def _analyst_of(name: str, settings: Settings, manner: Manner, stack: AsyncExitStack) -> LateAnalyst:
    """Give an analyst that asks this model; its connections end with the stack."""
    small = settings.model_small if name == settings.model else None

    async def make() -> ModelAnalyst:
        model = await _open(name, settings, stack)
        other = (await _open(small, settings, stack), small) if small else None
        analyst = ModelAnalyst(model, name, manner, other)
        analyst.warm()
        return analyst

    return LateAnalyst(name, ModelAnalyst.frames, make)


async def _open(name: str, settings: Settings, stack: AsyncExitStack) -> BaseChatModel:
    key = settings.model_key.get_secret_value() if settings.model_key else None

    def build() -> BaseChatModel:
        # Half a second, which only who uses a model pays; in a thread, because the service answers already.
        from agent.llm.chat_models import build_model  # noqa: PLC0415

        return build_model(name, settings.model_url, key, settings.model_timeout_s)

    model = await asyncio.to_thread(build)
    from agent.llm.chat_models import close_model  # noqa: PLC0415

    stack.push_async_callback(close_model, model)
    return model


def budget_of(settings: Settings) -> Budget:
    """What one question may spend on models. Raises `ValueError` when the prices cannot be read."""
    return Budget(settings.max_model_tokens, settings.max_model_cost, read_prices(settings.model_prices))


def open_embedders(settings: Settings) -> tuple[Embedder, ...]:
    """Give the chosen embedder first. The default is always there too, for maps made before the choice.

    Raises `EmbedderUnavailable` where the chosen one is not installed or not described in full.
    """
    default = WordLlamaEmbedder()
    match settings.embedder:
        case "wordllama":
            return (default,)
        case "minilm":
            return (MiniLmEmbedder(default), default)
    if not settings.embedder_url or not settings.embedder_model:
        raise EmbedderUnavailable(
            "The embedder endpoint needs QUERENT_EMBEDDER_URL and QUERENT_EMBEDDER_MODEL."
        )
    # Only who uses an endpoint pays for importing its client.
    from schema_docs.embedding.remote import RemoteEmbedder  # noqa: PLC0415

    key = settings.embedder_key.get_secret_value() if settings.embedder_key else None
    return (RemoteEmbedder(settings.embedder_url, settings.embedder_model, key), default)
