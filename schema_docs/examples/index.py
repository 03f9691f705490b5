"""Few-shot example index: finds verified questions similar to a question, cached per connection."""

import asyncio
import math
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from schema_docs.access_filter import is_example_visible
from schema_docs.embedding.embedder import Embedder, Vectors
from schema_docs.errors import EmbedderUnavailable
from schema_docs.examples.masking import extract_skeleton, jaccard, mask, question_lemmas, string_literals
from schema_docs.search.results import ExampleMatch, ValueMatch
from schema_docs.search.vector_index import embed_question, keep_content_words
from schema_docs.values.index import MISSPELLED
from store.access.roles import Access
from store.catalog import Catalog, Dialect
from store.examples import Example, ExampleStore
from store.maps.records import MapHead

# More examples in a prompt cost tokens without improving answers.
MAX_EXAMPLES = 3
# Below this score an example is about something else.
MIN_SCORE = 0.35
# Candidates that are scored again by the skeletons of their queries.
_MAX_CANDIDATES = 20
# Weight of the query's skeleton: if the query is known, and if only those of the nearest examples are.
_QUERY_WEIGHT, _CONSENSUS_WEIGHT = 0.5, 0.2


class ExampleIndex:
    """Searchable examples of one connection. Without vectors they are found by words only."""

    def __init__(self, examples: Sequence[Example], dialect: Dialect, embedder: Embedder | None) -> None:
        self.examples = examples
        self._dialect = dialect
        self._masked = [mask(each.question, string_literals(each.sql, dialect)) for each in examples]
        self._postings: defaultdict[str, list[int]] = defaultdict(list)
        for number, masked in enumerate(self._masked):
            for word in question_lemmas(masked):
                self._postings[word].append(number)
        self._sums = np.zeros(len(examples), dtype=np.float32)
        for word, numbers in self._postings.items():
            self._sums[numbers] += self._rarity(word)
        self._vectors = _embed(self._masked, embedder)

    def find(
        self, question: str, phrases: Iterable[str], vector: Vectors | None = None, sql: str | None = None
    ) -> Iterator[ExampleMatch]:
        """Return examples, best first.

        `phrases` are the values mentioned in the question; `vector` is of the masked question. With a query
        its skeleton counts too. Without one, the skeletons of the nearest examples vote.
        """
        scores = self._question_scores(mask(question, phrases), vector)
        nearest = [
            int(number)
            for number in np.argsort(-scores, kind="stable")[:_MAX_CANDIDATES]
            if scores[number] >= MIN_SCORE
        ]
        skeleton_scores = self._skeleton_scores(nearest, scores, sql)
        weight = _QUERY_WEIGHT if sql else _CONSENSUS_WEIGHT
        totals = {
            number: (1 - weight) * float(scores[number]) + weight * skeleton_score
            for number, skeleton_score in zip(nearest, skeleton_scores, strict=True)
        }
        for number in sorted(nearest, key=lambda number: -totals[number]):
            example = self.examples[number]
            yield ExampleMatch(example.id, example.question, example.sql, round(totals[number], 3))

    def _question_scores(self, masked: str, vector: Vectors | None) -> NDArray[np.float32]:
        words = question_lemmas(masked)
        shared_weight = np.zeros(len(self.examples), dtype=np.float32)
        for word in words:
            shared_weight[self._postings.get(word, [])] += self._rarity(word)
        # Jaccard index weighted by the rarity of words.
        lexical: Vectors = shared_weight / np.maximum(
            self._sums + sum(map(self._rarity, words)) - shared_weight, np.float32(1e-9)
        )
        if vector is None or self._vectors is None:
            return lexical
        similar: NDArray[np.float32] = np.clip(np.einsum("ij,j->i", self._vectors, vector), 0, 1)
        combined: Vectors = (lexical + similar) / np.float32(2)
        return combined

    def _rarity(self, word: str) -> float:
        return math.log(1 + len(self.examples) / max(len(self._postings.get(word, ())), 1))

    def _skeleton_scores(
        self, nearest: Sequence[int], scores: NDArray[np.float32], sql: str | None
    ) -> list[float]:
        skeletons = [extract_skeleton(self.examples[number].sql, self._dialect) for number in nearest]
        if sql:
            query_skeleton = extract_skeleton(sql, self._dialect)
            return [jaccard(skeleton, query_skeleton) for skeleton in skeletons]
        weights = [float(scores[number]) ** 2 for number in nearest]
        return [
            sum(weight * jaccard(skeleton, other) for weight, other in zip(weights, skeletons, strict=True))
            / (sum(weights) or 1.0)
            for skeleton in skeletons
        ]


def _embed(masked: Sequence[str], embedder: Embedder | None) -> Vectors | None:
    if embedder is None or not masked:
        return None
    try:
        return embedder.embed([keep_content_words(each) for each in masked])
    except EmbedderUnavailable:
        return None


MAX_CACHED_INDEXES = 32
# An index of this size is searched in 2 ms; the newest examples are taken.
MAX_INDEXED_EXAMPLES = 3_000


@dataclass(frozen=True, slots=True)
class ExampleLookup:
    """Search request: a question with the values found in it, optionally with a query."""

    question: str
    values: Sequence[ValueMatch] = ()
    sql: str | None = None

    @property
    def phrases(self) -> list[str]:
        """The values, as the question phrases them."""
        return [value.phrase for value in self.values if value.score >= MISSPELLED]


@dataclass(frozen=True, slots=True)
class AccessView:
    """A catalog in full and as an access shows it. Without an access, everything is visible."""

    whole: Catalog
    visible: Catalog
    access: Access | None

    def shows(self, example: ExampleMatch) -> bool:
        """Return whether the access shows an example."""
        return self.access is None or is_example_visible(example.sql, self.whole, self.visible, self.access)


@dataclass(frozen=True, slots=True)
class _CachedIndex:
    revision: int
    embedder: str
    index: ExampleIndex


class ExampleCache:
    """LRU cache of example indexes per connection; only verified examples are indexed."""

    def __init__(self, examples: ExampleStore) -> None:
        self._examples = examples
        self._cached: OrderedDict[UUID, _CachedIndex] = OrderedDict()

    async def find(
        self, lookup: ExampleLookup, head: MapHead, view: AccessView, embedder: Embedder | None
    ) -> tuple[ExampleMatch, ...]:
        """Return up to three visible examples, best first. Raises `StoreUnavailable`."""
        index = await self._get_index(head, view.whole, embedder)
        if embedder is None or embedder.instant:
            return _find_visible(index, lookup, view, embedder)
        return await asyncio.to_thread(_find_visible, index, lookup, view, embedder)

    async def _get_index(self, head: MapHead, catalog: Catalog, embedder: Embedder | None) -> ExampleIndex:
        cached, name = self._cached.get(head.connection_id), embedder.name if embedder else ""
        if cached is None or (cached.revision, cached.embedder) != (head.example_revision, name):
            verified = await self._examples.all(head.connection_id, "verified")
            index = await asyncio.to_thread(
                ExampleIndex, verified[:MAX_INDEXED_EXAMPLES], catalog.dialect, embedder
            )
            cached = self._cached[head.connection_id] = _CachedIndex(head.example_revision, name, index)
            if len(self._cached) > MAX_CACHED_INDEXES:
                self._cached.popitem(last=False)
        self._cached.move_to_end(head.connection_id)
        return cached.index


def _find_visible(
    index: ExampleIndex, lookup: ExampleLookup, view: AccessView, embedder: Embedder | None
) -> tuple[ExampleMatch, ...]:
    vector = _embed_masked(mask(lookup.question, lookup.phrases), embedder)
    hits: Iterator[ExampleMatch] = index.find(lookup.question, lookup.phrases, vector, lookup.sql)
    return tuple(islice((hit for hit in hits if view.shows(hit)), MAX_EXAMPLES))


def _embed_masked(masked: str, embedder: Embedder | None) -> Vectors | None:
    if embedder is None:
        return None
    try:
        return embed_question(masked, embedder)
    except EmbedderUnavailable:
        return None
