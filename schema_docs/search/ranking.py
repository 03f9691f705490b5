"""Which tables a question is about: several scores of each table made one."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from schema_docs.text.abbreviations import LONGEST, SHORTEST, shortens
from schema_docs.text.spelling import Spelling, common_stems
from schema_docs.text.tokenize import stem

Scores = NDArray[np.float32]
Edges = NDArray[np.intp]

# Okapi BM25 with the customary constants (Robertson and Zaragoza 2009, section 3.5).
_K1 = 1.2
_B = 0.75
# What a shortened word is worth of the word itself, and the word that one seems to misspell.
_SHORTENED = np.float32(0.8)
_MISSPELT = np.float32(0.8)
# How much of its best neighbour's score a table is given. A question rarely names the table in between.
_NEIGHBOUR_SHARE = 0.6
# A table's columns are judged by its best three: more would punish wide tables, fewer reward a lucky one.
_BEST_COLUMNS = 3

# What one value held by no other table is worth, in standard deviations, and how many of them count.
_VALUE_WORTH = np.float32(3.0)
_MOST_VALUES = np.float32(2.0)

# How many of the nearest passages are looked at. Beyond these a similarity is noise: taking all 876 tables
# and 4,500 columns of a large pool instead finds *fewer* of the right tables.
TABLES_NEAR = 50
COLUMNS_NEAR = 150


class LexicalIndex:
    """Full text over one document per table (BM25), with each word's worth reckoned beforehand."""

    def __init__(self, documents: Sequence[Mapping[str, float]]) -> None:
        self._count = len(documents)
        lengths = [sum(document.values()) for document in documents]
        average = sum(lengths) / max(len(lengths), 1) or 1.0
        found: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, document in enumerate(documents):
            room = _K1 * (1 - _B + _B * lengths[number] / average)
            for word, weight in document.items():
                found[word].append((number, weight * (_K1 + 1) / (weight + room)))
        self._postings = {word: self._weigh(hits) for word, hits in found.items()}
        self._short: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._postings:
            if SHORTEST <= len(word) <= LONGEST:
                self._short[word[0]].append(word)
        self._spelling = Spelling(self._postings, common_stems())

    def _weigh(self, hits: list[tuple[int, float]]) -> tuple[NDArray[np.intp], Scores]:
        rarity = math.log(1 + (self._count - len(hits) + 0.5) / (len(hits) + 0.5))
        numbers = np.array([number for number, _ in hits], dtype=np.intp)
        return numbers, np.array([weight * rarity for _, weight in hits], dtype=np.float32)

    def score(self, words: Iterable[str]) -> Scores:
        """Give each document's score for these words; one shortened or misspelt counts less."""
        scores = np.zeros(self._count, dtype=np.float32)
        for word in words:
            best = np.zeros(self._count, dtype=np.float32)
            for short in self._short.get(word[:1], ()):
                if shortens(short, word):
                    numbers, weights = self._postings[short]
                    best[numbers] = np.maximum(best[numbers], _SHORTENED * weights)
            known, worth = (word, 1) if word in self._postings else (self._spelling.nearest(word), _MISSPELT)
            if known:
                numbers, weights = self._postings[known]
                best[numbers] = np.maximum(best[numbers], worth * weights)
            scores += best
        return scores

    def respell(self, words: Iterable[str]) -> Iterator[str]:
        """Give the words, each with its slips mended where a word of the documents is near."""
        return (self._spelling.nearest(stem(word)) or word for word in words)

    def holds(self, word: str, document: int) -> bool:
        """Tell whether the document has the word."""
        if word not in self._postings:
            return False
        numbers, _ = self._postings[word]
        at = int(numbers.searchsorted(document))
        return at < len(numbers) and int(numbers[at]) == document


def table_lane(similar: Mapping[int, float], count: int) -> Scores:
    """Spread the similarities of the nearest tables over all: whoever was not found gets the lowest."""
    scores = np.full(count, min(similar.values(), default=0.0), dtype=np.float32)
    for number, similarity in similar.items():
        scores[number] = similarity
    return scores


def column_lane(similar: Iterable[tuple[int, float]], widths: Sequence[int]) -> Scores:
    """Judge each table by the mean of its best three columns among the nearest `(table, similarity)`.

    A column that was not found counts as the lowest that was; `widths` are the tables' numbers of columns.
    """
    best: defaultdict[int, list[float]] = defaultdict(list)
    lowest = 0.0
    for number, similarity in sorted(similar, key=lambda hit: -hit[1]):
        best[number].append(similarity)
        lowest = similarity
    scores = np.full(len(widths), lowest, dtype=np.float32)
    for number, hits in best.items():
        places = min(_BEST_COLUMNS, widths[number])
        kept = (hits + [lowest] * _BEST_COLUMNS)[:places]
        scores[number] = sum(kept) / max(places, 1)
    return scores


def edges_between(neighbours: Sequence[Sequence[int]]) -> Edges:
    """Give each table with each of its neighbours, as two rows of numbers."""
    pairs = [(number, near) for number, all_near in enumerate(neighbours) for near in all_near]
    return np.array(pairs, dtype=np.intp).reshape(-1, 2).T


def fuse(lanes: Sequence[Scores], edges: Edges, bonus: Scores | None = None) -> Scores:
    """Add the lanes up, each in standard deviations, then let tables share with their neighbours.

    Standard scores keep what ranks throw away: that the first is far ahead of the second. `bonus` is added to
    the standardized sum. A table without neighbours is given the lowest possible share, like one whose
    neighbours have nothing to say.
    """
    own = _standardize(np.stack([_standardize(lane) for lane in lanes]).sum(axis=0))
    if bonus is not None:
        own = own + bonus
    shared = np.full_like(own, own.min(initial=0.0))
    np.maximum.at(shared, edges[0], own[edges[1]])
    return own + np.float32(_NEIGHBOUR_SHARE) * shared


def _standardize(scores: Scores) -> Scores:
    spread = float(scores.std()) if scores.size else 0.0
    if spread < 1e-9:
        return np.zeros_like(scores)
    standard: Scores = (scores - scores.mean()) / np.float32(spread)
    return standard


def order(scores: Scores) -> list[int]:
    """Give the numbers of the tables, best first; equals stay in the catalog's order."""
    ranked: list[int] = np.argsort(-scores, kind="stable").tolist()
    return ranked


def value_bonus(phrases: Iterable[Mapping[int, float]], count: int) -> Scores:
    """Give a table standard deviations for each phrase of the question that it holds as a value.

    The more tables hold it, the less it tells. A phrase is the tables that hold it, with a score from 0 to 1.
    """
    scores = np.zeros(count, dtype=np.float32)
    for holders in phrases:
        for number, score in holders.items():
            scores[number] += score / math.sqrt(len(holders))
    return _VALUE_WORTH * np.minimum(scores, _MOST_VALUES)
