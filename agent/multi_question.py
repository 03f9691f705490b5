"""Combined reply to a message that contains several questions."""

from collections.abc import AsyncIterator, Sequence

from agent.analyst import Analyst, AnswerContext
from agent.results.sanitizer import sanitize

SEPARATOR = "\n\n"


async def narrate_all(analyst: Analyst, contexts: Sequence[AnswerContext]) -> AsyncIterator[str]:
    """Stream the answers in order; several answers are numbered and headed by their question."""
    for number, context in enumerate(contexts, 1):
        if len(contexts) > 1:
            yield f"{'' if number == 1 else SEPARATOR}{number}. {sanitize(context.intent.question)}\n"
        async for text in analyst.narrate(context):
            yield text
