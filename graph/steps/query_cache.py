"""Exact-match cache of queries that answered a question, for repeats of the question on the same data.

Only the query is cached, never rows: a cached query is validated and run again each time.
"""

import re
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace

from agent.analyst import Draft, DraftContext
from store.access.roles import Access

FROM_CACHE = "The query comes from an earlier, identical question; it was validated and run again."

_WORD = re.compile(r"\w+")


class QueryCache:
    """LRU cache of the drafts of the last `max_size` answered questions; 0 disables it."""

    def __init__(self, max_size: int = 0) -> None:
        self._max_size = max_size
        self._drafts: OrderedDict[Hashable, Draft] = OrderedDict()

    def get(self, context: DraftContext, access: Access | None) -> tuple[Draft, ...]:
        """Return the draft that answered this question before, if any; after a setback, none."""
        draft = None if context.setbacks else self._drafts.get(_key(context, access))
        if draft is None:
            return ()
        self._drafts.move_to_end(_key(context, access))
        return (replace(draft, assumptions=(*draft.assumptions, FROM_CACHE)),)

    def put(self, context: DraftContext, access: Access | None, draft: Draft) -> None:
        """Cache a draft that returned rows, unless a person wrote it."""
        if not self._max_size or draft.analyst == "person" or FROM_CACHE in draft.assumptions:
            return
        self._drafts[_key(context, access)] = draft
        if len(self._drafts) > self._max_size:
            self._drafts.popitem(last=False)


def _key(context: DraftContext, access: Access | None) -> Hashable:
    """Everything that must match: words, stored values they name, map version, access, and date."""
    return (
        tuple(_WORD.findall(context.intent.question.casefold())),
        frozenset((value.table, value.column, value.value) for value in context.retrieval.values),
        context.schema.connection,
        context.schema.version,
        access,
        context.today,
    )
