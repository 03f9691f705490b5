"""The examples of all connections in use, each shelf held open until its examples change."""

import asyncio
import math
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from schema_docs.access_filter import shows_example
from schema_docs.embedding.embedder import Embedder, Vectors
from schema_docs.errors import EmbedderUnavailable
from schema_docs.examples.masking import likeness, mask, skeleton_of, texts_in, words_in
from schema_docs.search.results import FoundExample, FoundValue
from schema_docs.search.vector_index import about, embed_question
from schema_docs.values.index import MISSPELT
from store.access.roles import Access
from store.catalog import Catalog, Dialect
from store.examples import Example, Examples
from store.maps.records import MapHead

# More in a prompt help no further, and cost.
MOST_FOUND = 3
# Below this an example is about something else.
LEAST = 0.35
# Looked at again by the skeletons of their queries.
_CANDIDATES = 20
# What the form of the query counts: where it is known, and where only that of the nearest examples is.
_BY_QUERY, _BY_CONSENSUS = 0.5, 0.2


class Shelf:
    """Some examples, ready to be searched. Without vectors they are found by their words."""

    def __init__(self, examples: Sequence[Example], dialect: Dialect, embedder: Embedder | None) -> None:
        self.examples = examples
        self._dialect = dialect
        self._masked = [mask(each.question, texts_in(each.sql, dialect)) for each in examples]
        self._holding: defaultdict[str, list[int]] = defaultdict(list)
        for at, masked in enumerate(self._masked):
            for word in words_in(masked):
                self._holding[word].append(at)
        self._sums = np.zeros(len(examples), dtype=np.float32)
        for word, places in self._holding.items():
            self._sums[places] += self._worth(word)
        self._vectors = _embedded(self._masked, embedder)

    def find(
        self, question: str, named: Iterable[str], vector: Vectors | None = None, sql: str | None = None
    ) -> Iterator[FoundExample]:
        """Give examples, the likest first. `named` are the values in the question; `vector` is of it, masked.

        With a query in hand its skeleton counts too. Without one, the skeletons of the examples that are
        likest in words vote.
        """
        scores = self._likeness(mask(question, named), vector)
        nearest = [int(at) for at in np.argsort(-scores, kind="stable")[:_CANDIDATES] if scores[at] >= LEAST]
        forms = self._forms(nearest, scores, sql)
        share = _BY_QUERY if sql else _BY_CONSENSUS
        final = {
            at: (1 - share) * float(scores[at]) + share * form
            for at, form in zip(nearest, forms, strict=True)
        }
        for at in sorted(nearest, key=lambda at: -final[at]):
            example = self.examples[at]
            yield FoundExample(example.id, example.question, example.sql, round(final[at], 3))

    def _likeness(self, masked: str, vector: Vectors | None) -> NDArray[np.float32]:
        words = words_in(masked)
        shared = np.zeros(len(self.examples), dtype=np.float32)
        for word in words:
            shared[self._holding.get(word, [])] += self._worth(word)
        # Jaccard, where a word counts for how rare it is.
        lexical: Vectors = shared / np.maximum(
            self._sums + sum(map(self._worth, words)) - shared, np.float32(1e-9)
        )
        if vector is None or self._vectors is None:
            return lexical
        similar: NDArray[np.float32] = np.clip(np.einsum("ij,j->i", self._vectors, vector), 0, 1)
        both: Vectors = (lexical + similar) / np.float32(2)
        return both

    def _worth(self, word: str) -> float:
        return math.log(1 + len(self.examples) / max(len(self._holding.get(word, ())), 1))

    def _forms(self, nearest: Sequence[int], scores: NDArray[np.float32], sql: str | None) -> list[float]:
        skeletons = [skeleton_of(self.examples[at].sql, self._dialect) for at in nearest]
        if sql:
            own = skeleton_of(sql, self._dialect)
            return [likeness(skeleton, own) for skeleton in skeletons]
        weights = [float(scores[at]) ** 2 for at in nearest]
        return [
            sum(weight * likeness(one, other) for weight, other in zip(weights, skeletons, strict=True))
            / (sum(weights) or 1.0)
            for one in skeletons
        ]


def _embedded(masked: Sequence[str], embedder: Embedder | None) -> Vectors | None:
    if embedder is None or not masked:
        return None
    try:
        return embedder.embed([about(each) for each in masked])
    except EmbedderUnavailable:
        return None


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
