"""One reply to several questions that were put in one."""

from collections.abc import AsyncIterator, Sequence

from agent.analyst import Analyst, Story
from agent.results.sanitizer import plain


async def narrate_all(analyst: Analyst, stories: Sequence[Story]) -> AsyncIterator[str]:
    """Put each ending into words, in order; where there are several, each under its question."""
    for number, story in enumerate(stories, 1):
        if len(stories) > 1:
            yield f"{'' if number == 1 else NEXT}{number}. {plain(story.intent.question)}\n"
        async for words in analyst.narrate(story):
            yield words


NEXT = "\n\n"
