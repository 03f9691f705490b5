"""The examples of all connections in use, each shelf held open until its examples change."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from schema_docs.embedder import Embedder, Vectors
from schema_docs.errors import EmbedderUnavailable
from schema_docs.example_sight import shows_example
from schema_docs.found import FoundExample, FoundValue
from schema_docs.nearby import embed_question
from schema_docs.shelf import MOST_FOUND, Shelf
from schema_docs.skeleton import mask
from schema_docs.values import MISSPELT
from store.access import Access
from store.catalog import Catalog
from store.examples import Examples
from store.map_records import MapHead

MOST_OPEN = 32
# A shelf of so many is searched in 2 ms; the newest are taken.
MOST_ON_SHELF = 3_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What examples are sought for: a question with the values found in it, and maybe a query."""

    question: str
    values: Sequence[FoundValue] = ()
    sql: str | None = None

    @property
    def named(self) -> list[str]:
        """The values, as the question words them."""
        return [value.words for value in self.values if value.score >= MISSPELT]


@dataclass(frozen=True, slots=True)
class Sight:
    """A catalog, whole and as somebody may see it. Without an access, everything may be seen."""

    whole: Catalog
    seen: Catalog
    access: Access | None

    def shows(self, example: FoundExample) -> bool:
        """Say whether they may see an example."""
        return self.access is None or shows_example(example.sql, self.whole, self.seen, self.access)


@dataclass(frozen=True, slots=True)
class _Opened:
    changes: int
    embedder: str
    shelf: Shelf


class Cabinet:
    """Finds verified examples. What is proposed or retired is not found."""

    def __init__(self, examples: Examples) -> None:
        self._examples = examples
        self._open: OrderedDict[UUID, _Opened] = OrderedDict()

    async def find(
        self, asked: Asked, head: MapHead, sight: Sight, embedder: Embedder | None
    ) -> tuple[FoundExample, ...]:
        """Give a few examples that may be seen, the likest first. Raises `StoreUnavailable`."""
        shelf = await self._shelf(head, sight.whole, embedder)
        if embedder is None or embedder.instant:
            return _found(shelf, asked, sight, embedder)
        return await asyncio.to_thread(_found, shelf, asked, sight, embedder)

    async def _shelf(self, head: MapHead, catalog: Catalog, embedder: Embedder | None) -> Shelf:
        opened, name = self._open.get(head.connection_id), embedder.name if embedder else ""
        if opened is None or (opened.changes, opened.embedder) != (head.examples, name):
            verified = await self._examples.all(head.connection_id, "verified")
            shelf = await asyncio.to_thread(Shelf, verified[:MOST_ON_SHELF], catalog.dialect, embedder)
            opened = self._open[head.connection_id] = _Opened(head.examples, name, shelf)
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        self._open.move_to_end(head.connection_id)
        return opened.shelf


def _found(shelf: Shelf, asked: Asked, sight: Sight, embedder: Embedder | None) -> tuple[FoundExample, ...]:
    vector = _vector(mask(asked.question, asked.named), embedder)
    hits: Iterator[FoundExample] = shelf.find(asked.question, asked.named, vector, asked.sql)
    return tuple(islice((hit for hit in hits if sight.shows(hit)), MOST_FOUND))


def _vector(masked: str, embedder: Embedder | None) -> Vectors | None:
    if embedder is None:
        return None
    try:
        return embed_question(masked, embedder)
    except EmbedderUnavailable:
        return None
