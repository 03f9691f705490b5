"""Factories of the analyst, with its fallback chain, and of the embedders."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from agent.analyst import Analyst
from agent.fallback import FallbackAnalyst
from agent.lazy import LazyAnalyst
from agent.llm.analyst import ModelAnalyst
from agent.llm.budget import BudgetLimits, read_prices
from agent.llm.options import OUTPUT_METHODS, LlmOptions
from graph.settings import Settings
from schema_docs.embedding.embedder import Embedder, WordLlamaEmbedder
from schema_docs.embedding.local import MiniLmEmbedder
from schema_docs.errors import EmbedderUnavailable


@dataclass(frozen=True, slots=True)
class AnalystSelection:
    """The analyst in use, and the analysts in its chain that are constructed lazily."""

    analyst: Analyst
    lazy: Sequence[LazyAnalyst] = ()

    async def warm_up(self) -> None:
        """Construct the lazy analysts ahead of the first question; no request is sent."""
        for analyst in self.lazy:
            await analyst.load()


def lazy_builtin() -> LazyAnalyst:
    """Create a lazy built-in analyst: importing it takes a tenth of the start-up time."""

    def build() -> Analyst:
        from agent.builtin.analyst import BuiltinAnalyst  # noqa: PLC0415 – imported lazily, see above

        return BuiltinAnalyst()

    return LazyAnalyst("builtin", ("direct",), lambda: asyncio.to_thread(build))


async def open_analyst(settings: Settings, stack: AsyncExitStack, builtin: Analyst) -> AnalystSelection:
    """Create the analyst: the configured language model, its fallbacks, and the built-in analyst last.

    Raises `ModelMisconfigured`.
    """
    lazy = [builtin] if isinstance(builtin, LazyAnalyst) else []
    if settings.model is None:
        return AnalystSelection(builtin, lazy)
    options = LlmOptions(
        timeout_s=settings.model_timeout_s,
        methods=OUTPUT_METHODS if settings.model_output_method == "auto" else (settings.model_output_method,),
        rows_to_model=settings.rows_to_model == "always",
    )
    names = [settings.model, *settings.model_fallbacks.split()]
    models = [_analyst_of(name, settings, options, stack) for name in names]
    for analyst in models:
        # A missing provider package must fail the start-up, not the first question.
        if settings.model_url is None and ":" in analyst.name:
            await analyst.load()
    analyst_chain = builtin
    for analyst in reversed(models):
        analyst_chain = FallbackAnalyst(analyst, analyst_chain)
    return AnalystSelection(analyst_chain, [*models, *lazy])


def _analyst_of(name: str, settings: Settings, options: LlmOptions, stack: AsyncExitStack) -> LazyAnalyst:
    """Create a lazy analyst for this model; the stack closes its HTTP connections."""
    small = settings.model_small if name == settings.model else None

    async def make() -> ModelAnalyst:
        model = await _open(name, settings, stack)
        small_model = (await _open(small, settings, stack), small) if small else None
        analyst = ModelAnalyst(model, name, options, small_model)
        analyst.warm()
        return analyst

    return LazyAnalyst(name, ModelAnalyst.strategies, make)


async def _open(name: str, settings: Settings, stack: AsyncExitStack) -> BaseChatModel:
    key = settings.model_key.get_secret_value() if settings.model_key else None

    def build() -> BaseChatModel:
        # The import takes half a second; in a thread, because the service already accepts requests.
        from agent.llm.chat_models import build_model  # noqa: PLC0415

        return build_model(name, settings.model_url, key, settings.model_timeout_s)

    model = await asyncio.to_thread(build)
    from agent.llm.chat_models import close_model  # noqa: PLC0415

    stack.push_async_callback(close_model, model)
    return model


def budget_limits(settings: Settings) -> BudgetLimits:
    """Translate the settings into the model budget of a question. Raises `ValueError` for invalid prices."""
    return BudgetLimits(
        settings.max_model_tokens, settings.max_model_cost, read_prices(settings.model_prices)
    )


def open_embedders(settings: Settings) -> tuple[Embedder, ...]:
    """Create the configured embedder and, for maps made with it before, the default.

    Raises `EmbedderUnavailable` if the configured one is not installed or not fully configured.
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
    # The HTTP client is imported only if an endpoint is used.
    from schema_docs.embedding.remote import RemoteEmbedder  # noqa: PLC0415

    key = settings.embedder_key.get_secret_value() if settings.embedder_key else None
    return (RemoteEmbedder(settings.embedder_url, settings.embedder_model, key), default)
