"""Queries that answered a question before, for whoever puts the same question to the same data again.

Only the query is remembered, never a row: it is judged and run anew each time.
"""

import re
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace

from agent.analyst import Draft, Task
from store.access.roles import Access

SAME_AGAIN = "The query was written when the same was asked before; it was checked and run anew."

_WORD = re.compile(r"\w+")


class Recall:
    """The drafts of the last `most` questions that were answered; with 0 it remembers nothing."""

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._drafts: OrderedDict[Hashable, Draft] = OrderedDict()

    def find(self, task: Task, access: Access | None) -> tuple[Draft, ...]:
        """The draft that answered this before, or none. After a setback nothing is recalled."""
        draft = None if task.setbacks else self._drafts.get(_key(task, access))
        if draft is None:
            return ()
        self._drafts.move_to_end(_key(task, access))
        return (replace(draft, assumptions=(*draft.assumptions, SAME_AGAIN)),)

    def keep(self, task: Task, access: Access | None, draft: Draft) -> None:
        """Remember a draft that brought rows. What a person wrote is theirs, and is not."""
        if not self._most or draft.analyst == "person" or SAME_AGAIN in draft.assumptions:
            return
        self._drafts[_key(task, access)] = draft
        if len(self._drafts) > self._most:
            self._drafts.popitem(last=False)


def _key(task: Task, access: Access | None) -> Hashable:
    """What must be the same: the words, the values they name, the map, what may be seen, and the day."""
    return (
        tuple(_WORD.findall(task.intent.question.casefold())),
        frozenset((value.table, value.column, value.value) for value in task.found.values),
        task.schema.connection,
        task.schema.version,
        access,
        task.today,
    )
