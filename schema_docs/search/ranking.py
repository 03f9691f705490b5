"""Table ranking: BM25, vector similarity and values fused into one score per table."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from schema_docs.text.abbreviations import MAX_LENGTH, MIN_LENGTH, is_abbreviation
from schema_docs.text.lemmatizer import lemma
from schema_docs.text.spelling import SpellingCorrector, common_lemmas

Scores = NDArray[np.float32]
Edges = NDArray[np.intp]

# Okapi BM25 with the usual constants (Robertson and Zaragoza 2009, section 3.5).
_BM25_K1 = 1.2
_BM25_B = 0.75
# Weight of an abbreviation, and of a misspelling, relative to the word itself.
_ABBREVIATION_FACTOR = np.float32(0.8)
_MISSPELLING_FACTOR = np.float32(0.8)
# Share of its best neighbour's score that a table is given. A question rarely names the table in between.
_NEIGHBOUR_SHARE = 0.6
# Tables are judged by their best three columns: more would punish wide tables, fewer reward a lucky match.
_SCORED_COLUMNS = 3

# Bonus in standard deviations of a value that only one table holds, and the maximum number of values counted.
_VALUE_BONUS = np.float32(3.0)
_MAX_VALUES_COUNTED = np.float32(2.0)

# Limits of the vector search. Beyond these, similarity is noise: with all 876 tables and 4,500 columns of a
# large pool *fewer* of the right tables are found.
MAX_NEAREST_TABLES = 50
MAX_NEAREST_COLUMNS = 150


class LexicalIndex:
    """BM25 full-text index over one document per table, with precomputed weights."""

    def __init__(self, documents: Sequence[Mapping[str, float]]) -> None:
        self._count = len(documents)
        lengths = [sum(document.values()) for document in documents]
        average = sum(lengths) / max(len(lengths), 1) or 1.0
        occurrences: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, document in enumerate(documents):
            normalization = _BM25_K1 * (1 - _BM25_B + _BM25_B * lengths[number] / average)
            for word, weight in document.items():
                occurrences[word].append((number, weight * (_BM25_K1 + 1) / (weight + normalization)))
        self._postings = {word: self._weigh(hits) for word, hits in occurrences.items()}
        self._abbreviations: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._postings:
            if MIN_LENGTH <= len(word) <= MAX_LENGTH:
                self._abbreviations[word[0]].append(word)
        self._spelling = SpellingCorrector(self._postings, common_lemmas())

    def _weigh(self, hits: list[tuple[int, float]]) -> tuple[NDArray[np.intp], Scores]:
        rarity = math.log(1 + (self._count - len(hits) + 0.5) / (len(hits) + 0.5))
        numbers = np.array([number for number, _ in hits], dtype=np.intp)
        return numbers, np.array([weight * rarity for _, weight in hits], dtype=np.float32)

    def score(self, words: Iterable[str]) -> Scores:
        """Return the score of each document; abbreviated and misspelled words count less."""
        scores = np.zeros(self._count, dtype=np.float32)
        for word in words:
            best = np.zeros(self._count, dtype=np.float32)
            for abbreviation in self._abbreviations.get(word[:1], ()):
                if is_abbreviation(abbreviation, word):
                    numbers, weights = self._postings[abbreviation]
                    best[numbers] = np.maximum(best[numbers], _ABBREVIATION_FACTOR * weights)
            indexed, factor = (
                (word, 1) if word in self._postings else (self._spelling.nearest(word), _MISSPELLING_FACTOR)
            )
            if indexed:
                numbers, weights = self._postings[indexed]
                best[numbers] = np.maximum(best[numbers], factor * weights)
            scores += best
        return scores

    def correct(self, words: Iterable[str]) -> Iterator[str]:
        """Return the words, each corrected if it seems to misspell a word of the documents."""
        return (self._spelling.nearest(lemma(word)) or word for word in words)

    def contains(self, word: str, document: int) -> bool:
        """Return whether a document contains a word."""
        if word not in self._postings:
            return False
        numbers, _ = self._postings[word]
        position = int(numbers.searchsorted(document))
        return position < len(numbers) and int(numbers[position]) == document


def score_by_table_similarity(similar: Mapping[int, float], count: int) -> Scores:
    """Return a score for every table; tables that were not among the nearest get the lowest."""
    scores = np.full(count, min(similar.values(), default=0.0), dtype=np.float32)
    for number, similarity in similar.items():
        scores[number] = similarity
    return scores


def score_by_column_similarity(similar: Iterable[tuple[int, float]], widths: Sequence[int]) -> Scores:
    """Score each table by the mean of its best three columns among the nearest `(table, similarity)`.

    A column that was not found counts as the lowest that was; `widths` are the numbers of columns.
    """
    hits_by_table: defaultdict[int, list[float]] = defaultdict(list)
    lowest = 0.0
    for number, similarity in sorted(similar, key=lambda hit: -hit[1]):
        hits_by_table[number].append(similarity)
        lowest = similarity
    scores = np.full(len(widths), lowest, dtype=np.float32)
    for number, hits in hits_by_table.items():
        counted = min(_SCORED_COLUMNS, widths[number])
        padded = (hits + [lowest] * _SCORED_COLUMNS)[:counted]
        scores[number] = sum(padded) / max(counted, 1)
    return scores


def build_edges(neighbours: Sequence[Sequence[int]]) -> Edges:
    """Return each table with each of its neighbours, as two rows of numbers."""
    pairs = [(number, neighbour) for number, adjacent in enumerate(neighbours) for neighbour in adjacent]
    return np.array(pairs, dtype=np.intp).reshape(-1, 2).T


def fuse_scores(signals: Sequence[Scores], edges: Edges, bonus: Scores | None = None) -> Scores:
    """Add the signals in standard deviations, then add a share of the best neighbour's score.

    Standard scores keep the distances that ranks discard: the first may be far ahead of the second. `bonus`
    is added to the standardized sum. A table without neighbours is given the lowest score as its share.
    """
    scores = _standardize(np.stack([_standardize(signal) for signal in signals]).sum(axis=0))
    if bonus is not None:
        scores = scores + bonus
    shared = np.full_like(scores, scores.min(initial=0.0))
    np.maximum.at(shared, edges[0], scores[edges[1]])
    return scores + np.float32(_NEIGHBOUR_SHARE) * shared


def _standardize(scores: Scores) -> Scores:
    spread = float(scores.std()) if scores.size else 0.0
    if spread < 1e-9:
        return np.zeros_like(scores)
    standard: Scores = (scores - scores.mean()) / np.float32(spread)
    return standard


def sort_by_score(scores: Scores) -> list[int]:
    """Return the table numbers, best first; ties keep catalog order."""
    ranked: list[int] = np.argsort(-scores, kind="stable").tolist()
    return ranked


def score_values(phrases: Iterable[Mapping[int, float]], count: int) -> Scores:
    """Return a bonus, in standard deviations, for each phrase that a table holds as a value.

    The more tables hold a phrase, the less it counts. A phrase is given as its tables, each with a score from
    0 to 1.
    """
    scores = np.zeros(count, dtype=np.float32)
    for holders in phrases:
        for number, score in holders.items():
            scores[number] += score / math.sqrt(len(holders))
    return _VALUE_BONUS * np.minimum(scores, _MAX_VALUES_COUNTED)
