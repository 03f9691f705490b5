"""Several drafts of one question, written side by side: where one alone would too often be wrong."""

import asyncio
from dataclasses import replace

from agent.analyst import Analyst, Draft, Frame, Intent, Task
from agent.errors import AnalystError

# Below this an analyst doubts its own draft.
UNSURE = 0.6


def is_hard(task: Task) -> bool:
    """Whether a question is known to be hard before anything is written: several steps, or a setback."""
    return len(task.intent.plan) > 1 or bool(task.setbacks)


async def write_drafts(analyst: Analyst, task: Task, most: int) -> tuple[Draft, ...] | Intent:
    """Write one draft; for a hard question up to `most`, each in another frame, the usual one first.

    A rival that fails or asks back is left out. Raises what the first draft raises.
    """
    frames = analyst.frames[1:most]
    if frames and is_hard(task):
        return await _side_by_side(analyst, task, frames)
    leading = await analyst.draft(task)
    if isinstance(leading, Intent):
        return leading
    if leading.confidence >= UNSURE:
        return (leading,)
    return leading, *await _rivals(analyst, task, frames)


async def _side_by_side(
    analyst: Analyst, task: Task, frames: tuple[Frame, ...]
) -> tuple[Draft, ...] | Intent:
    try:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(analyst.draft(task))
            others = group.create_task(_rivals(analyst, task, frames))
    except ExceptionGroup as failed:
        # The rivals were stopped when the first draft failed.
        raise failed.exceptions[0] from None
    leading = first.result()
    return leading if isinstance(leading, Intent) else (leading, *others.result())


async def _rivals(analyst: Analyst, task: Task, frames: tuple[Frame, ...]) -> tuple[Draft, ...]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_rival(analyst, replace(task, frame=frame))) for frame in frames]
    drafts = [task.result() for task in tasks]
    return tuple(draft for draft in drafts if draft is not None)


async def _rival(analyst: Analyst, task: Task) -> Draft | None:
    try:
        draft = await analyst.draft(task)
    except AnalystError:
        return None
    return draft if isinstance(draft, Draft) else None
