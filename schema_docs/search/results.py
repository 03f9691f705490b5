"""What a search of the map brings back."""

from dataclasses import dataclass

from schema_docs.schema_map import Term
from store.catalog import ForeignKey


@dataclass(frozen=True, slots=True)
class Page:
    """The documentation of one table, as an analyst reads it."""

    table: str
    text: str


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A stored value that the question seems to name in its `words`; `score` 0 to 1, 1 is equal.

    One that is `read` was not looked up: the words hint at it, as `male` does at M.
    """

    table: str
    column: str
    value: str
    words: str
    score: float
    read: bool = False


@dataclass(frozen=True, slots=True)
class FoundExample:
    """A question with its right query, found by its form; `score` 0 to 1."""

    id: int
    question: str
    sql: str
    score: float


@dataclass(frozen=True, slots=True)
class Join:
    """A way from one table to another along a foreign key; a guessed one was declared by nobody."""

    table: str
    key: ForeignKey
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Pages, values and joins for one question. `version` is the map's; `why` gives reasons for people.

    `tokens` is what the pages take of the budget; `terms` are words of the house that the question uses;
    `examples` are questions of its form that were answered before, the likest first.
    """

    version: int
    pages: tuple[Page, ...] = ()
    values: tuple[FoundValue, ...] = ()
    joins: tuple[Join, ...] = ()
    why: tuple[str, ...] = ()
    tokens: int = 0
    terms: tuple[Term, ...] = ()
    examples: tuple[FoundExample, ...] = ()
