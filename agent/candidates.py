"""Candidate query generation: several drafts of one question where a single draft is too often wrong."""

import asyncio
from dataclasses import replace

from agent.analyst import Analyst, Draft, DraftContext, Intent, Strategy
from agent.errors import AnalystError

# A draft with a lower confidence gets competing candidates.
MIN_CONFIDENCE = 0.6


def is_hard(context: DraftContext) -> bool:
    """Tell whether a question is known to be hard before drafting: several steps, or a setback."""
    return len(context.intent.plan) > 1 or bool(context.setbacks)


async def generate_candidates(
    analyst: Analyst, context: DraftContext, max_candidates: int
) -> tuple[Draft, ...] | Intent:
    """Write one draft; for a hard question up to `max_candidates`, one per strategy, the default first.

    Alternatives that fail or ask for clarification are dropped. Raises what the first draft raises.
    """
    alternatives = analyst.strategies[1:max_candidates]
    if alternatives and is_hard(context):
        return await _draft_in_parallel(analyst, context, alternatives)
    primary = await analyst.draft(context)
    if isinstance(primary, Intent):
        return primary
    if primary.confidence >= MIN_CONFIDENCE:
        return (primary,)
    return primary, *await _draft_alternatives(analyst, context, alternatives)


async def _draft_in_parallel(
    analyst: Analyst, context: DraftContext, alternatives: tuple[Strategy, ...]
) -> tuple[Draft, ...] | Intent:
    try:
        async with asyncio.TaskGroup() as group:
            primary_task = group.create_task(analyst.draft(context))
            alternatives_task = group.create_task(_draft_alternatives(analyst, context, alternatives))
    except ExceptionGroup as failures:
        # The failure of the first draft has cancelled the alternatives.
        raise failures.exceptions[0] from None
    primary = primary_task.result()
    return primary if isinstance(primary, Intent) else (primary, *alternatives_task.result())


async def _draft_alternatives(
    analyst: Analyst, context: DraftContext, strategies: tuple[Strategy, ...]
) -> tuple[Draft, ...]:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_draft_or_none(analyst, replace(context, strategy=strategy)))
            for strategy in strategies
        ]
    drafts = [task.result() for task in tasks]
    return tuple(draft for draft in drafts if draft is not None)


async def _draft_or_none(analyst: Analyst, context: DraftContext) -> Draft | None:
    try:
        draft = await analyst.draft(context)
    except AnalystError:
        return None
    return draft if isinstance(draft, Draft) else None
