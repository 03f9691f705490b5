"""Examples found for a question: those whose form is like its own."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from schema_docs.embedder import Embedder, Vectors
from schema_docs.errors import EmbedderUnavailable
from schema_docs.found import FoundExample
from schema_docs.nearby import about
from schema_docs.skeleton import likeness, mask, skeleton_of, texts_in, words_in
from store.catalog import Dialect
from store.examples import Example

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
