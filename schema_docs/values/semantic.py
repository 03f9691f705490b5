"""Semantic value search: finds Female for `women`, Film for `movies`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from schema_docs.embedding.embedder import Embedder
from schema_docs.scan.profiler import is_searchable
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import ValueMatch
from schema_docs.text.lemmatizer import lemma
from schema_docs.text.tokenizer import STOP_WORDS, WORD, split_words
from schema_docs.values.index import MISSPELLED
from store.maps.records import SchemaElement

ValueRow = tuple[str, str, str]
Words = tuple[str, ...]

# Columns with more values hold names, and vectors say little about names. 5,000 vectors take 2.5 MB, 0.2 s to
# build and 4 ms to search; most maps have some hundreds.
MAX_VALUES_PER_COLUMN = 200
MAX_PHRASES = 5_000
_MAX_WORDS = 3
# Tokens of shorter words have no meaning of their own.
_MIN_WORD_LENGTH = 4
# Threshold tuned on databases other than those of the published figures; below it, unrelated words are as
# similar.
MIN_SIMILARITY = 0.7
# Score of a match by meaning: enough where no other signal contradicts it.
SEMANTIC = 0.75
# Limits of spans per question, and of columns per span.
_MAX_SPANS, _MAX_COLUMNS = 8, 3

# Similar to one another, and each another day.
_DATE_WORDS = frozenset(
    ["january", "february", "march", "april", "june", "july", "august", "september", "october", "november"]
) | frozenset(["december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])


@dataclass(frozen=True, slots=True)
class _Span:
    """One or two words of a question, with their position."""

    words: Words
    start: int
    end: int


@dataclass(frozen=True)
class SemanticValueIndex:
    """Short values with their vectors, `(n, dimensions)` half floats of length one; the search is exact."""

    embedder: Embedder
    phrases: Sequence[Words]
    holders: Sequence[Sequence[ValueRow]]
    vectors: NDArray[np.float16]

    def restrict_to(self, elements: Collection[SchemaElement]) -> "SemanticValueIndex":
        """Return an index of only the values of these columns."""
        visible = [
            [value for value in rows if SchemaElement(value[0], value[1]) in elements]
            for rows in self.holders
        ]
        remaining = [number for number, rows in enumerate(visible) if rows]
        phrases, holders = (
            [self.phrases[number] for number in remaining],
            [visible[number] for number in remaining],
        )
        return SemanticValueIndex(self.embedder, phrases, holders, self.vectors[remaining])

    def find(
        self, question: str, matches: Sequence[ValueMatch], names: Collection[str]
    ) -> tuple[ValueMatch, ...]:
        """Return values similar in meaning to words that neither `matches` nor `names` explain.

        `names` are lemmas of the words in table and column names.
        """
        spans = list(_unexplained_spans(question, matches, names))[:_MAX_SPANS] if self.phrases else []
        if not spans:
            return ()
        span_vectors = self.embedder.embed([" ".join(span.words) for span in spans])
        vectors = self.vectors.astype(np.float32)
        hits = []
        for span, vector in zip(spans, span_vectors, strict=True):
            # Not `@`, which would start threads.
            similarities = np.einsum("ij,j->i", vectors, vector)
            similar_numbers = [int(number) for number in np.flatnonzero(similarities >= MIN_SIMILARITY)]
            similar_numbers.sort(key=lambda number: -similarities[number])
            phrase = question[span.start : span.end]
            hits += [
                ValueMatch(*value, phrase, SEMANTIC)
                for value in self._best_per_column(similar_numbers, span.words)
            ]
        return tuple(dict.fromkeys(hits))

    def _best_per_column(self, numbers: Iterable[int], words: Words) -> list[ValueRow]:
        """Return the nearest value of each column, for up to three columns."""
        best: dict[SchemaElement, ValueRow] = {}
        for number in numbers:
            if self._is_similar_without_shared_words(self.phrases[number], words):
                for value in self.holders[number]:
                    best.setdefault(SchemaElement(value[0], value[1]), value)
        return list(best.values())[:_MAX_COLUMNS]

    def _is_similar_without_shared_words(self, value_words: Words, words: Words) -> bool:
        """Return whether the words that both do not share are similar too.

        American Airlines are not United Airlines.
        """
        shared = {*map(lemma, value_words)} & {*map(lemma, words)}
        if not shared:
            return True
        remainders = [
            " ".join(word for word in part if lemma(word) not in shared) for part in (value_words, words)
        ]
        if not all(remainders):
            return False
        first, second = self.embedder.embed(remainders)
        return float(np.einsum("i,i->", first, second)) >= MIN_SIMILARITY


def build_semantic_index(values: Iterable[ValueRow], embedder: Embedder) -> SemanticValueIndex:
    """Make the vectors of short values, those of columns with the fewest first."""
    columns: defaultdict[SchemaElement, list[ValueRow]] = defaultdict(list)
    for value in values:
        columns[SchemaElement(value[0], value[1])].append(value)
    holders: defaultdict[Words, list[ValueRow]] = defaultdict(list)
    for many in sorted(columns.values(), key=len):
        if len(many) > MAX_VALUES_PER_COLUMN or len(holders) >= MAX_PHRASES:
            break
        for value in many:
            if _is_embeddable(words := split_words(value[2])):
                holders[words].append(value)
    vectors = embedder.embed([" ".join(words) for words in holders])
    return SemanticValueIndex(embedder, list(holders), list(holders.values()), vectors.astype(np.float16))


def frequent_values(schema: SchemaMap) -> Iterator[ValueRow]:
    """Yield the sampled values of columns whose values people may name."""
    for table in schema.catalog:
        for column in table.columns:
            profile = schema.profile(table.full_name, column.name)
            if profile and is_searchable(column, profile):
                yield from ((table.full_name, column.name, value) for value in profile.values)


def _is_embeddable(words: Words) -> bool:
    longest = max(map(len, words), default=0)
    return len(words) <= _MAX_WORDS and longest >= _MIN_WORD_LENGTH and all(map(str.isalpha, words))


def _unexplained_spans(
    question: str, matches: Sequence[ValueMatch], names: Collection[str]
) -> Iterator[_Span]:
    explained = {word for value in matches if value.score >= MISSPELLED for word in split_words(value.phrase)}
    spans = []
    for match in WORD.finditer(question):
        (word,) = split_words(match[0]) or ("",)
        is_explained = word in STOP_WORDS or word in _DATE_WORDS or word in explained or lemma(word) in names
        is_skipped = is_explained or not word.isalpha() or len(word) < _MIN_WORD_LENGTH
        spans.append(None if is_skipped else _Span((word,), match.start(), match.end()))
    for first, second in pairwise(spans):
        if first and second:
            yield _Span(first.words + second.words, first.start, second.end)
    yield from filter(None, spans)
