"""Stored values found by what they mean: Female for `women`, Film for `movies`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from schema_docs.embedding.embedder import Embedder
from schema_docs.scan.sampling import is_worth_keeping
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import FoundValue
from schema_docs.text.tokenize import STOP_WORDS, stem
from schema_docs.values.index import MISSPELT, WORD, words_of
from store.maps.records import Place

Stored = tuple[str, str, str]
Words = tuple[str, ...]

# Columns with more values hold names, and of names a vector says little. So many vectors take 2.5 MB, 0.2 s
# to make and 4 ms to search; most maps have some hundreds.
MOST_OF_COLUMN = 200
MOST_PHRASES = 5_000
_MOST_WORDS = 3
# The pieces of a shorter word mean nothing.
_SHORTEST_WORD = 4
# Chosen on questions to other databases than those whose figures are told: below, other things are as near.
NEAR = 0.7
# Enough for a value that nothing else speaks against.
MEANT = 0.75
# Words of a question that are looked at, and columns that one of them may be a value of.
_MOST_ASKED, _MOST_COLUMNS = 8, 3

# Near to one another, and each another day.
_DATES = frozenset(
    ["january", "february", "march", "april", "june", "july", "august", "september", "october", "november"]
) | frozenset(["december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])


@dataclass(frozen=True, slots=True)
class _Asked:
    """A word or two of a question, and where they are."""

    words: Words
    start: int
    end: int


@dataclass(frozen=True)
class Meanings:
    """Short values with their vectors, `(n, dimensions)` halves of length one; the search is exact."""

    embedder: Embedder
    phrases: Sequence[Words]
    holders: Sequence[Sequence[Stored]]
    vectors: NDArray[np.float16]

    def only(self, places: Collection[Place]) -> "Meanings":
        """Leave only the values of these columns."""
        shown = [[value for value in many if Place(value[0], value[1]) in places] for many in self.holders]
        left = [number for number, many in enumerate(shown) if many]
        phrases, holders = [self.phrases[n] for n in left], [shown[n] for n in left]
        return Meanings(self.embedder, phrases, holders, self.vectors[left])

    def find(
        self, question: str, found: Sequence[FoundValue], names: Collection[str]
    ) -> tuple[FoundValue, ...]:
        """Give values near in meaning to the words that neither `found` nor any of the `names` explains.

        `names` are stems of the words in names of tables and columns.
        """
        asked = list(_unexplained(question, found, names))[:_MOST_ASKED] if self.phrases else []
        if not asked:
            return ()
        wanted = self.embedder.embed([" ".join(each.words) for each in asked])
        vectors = self.vectors.astype(np.float32)
        hits = []
        for each, vector in zip(asked, wanted, strict=True):
            # Not `@`, which wakes threads.
            similar = np.einsum("ij,j->i", vectors, vector)
            near = [int(number) for number in np.flatnonzero(similar >= NEAR)]
            near.sort(key=lambda number: -similar[number])
            said = question[each.start : each.end]
            hits += [FoundValue(*value, said, MEANT) for value in self._columns(near, each.words)]
        return tuple(dict.fromkeys(hits))

    def _columns(self, near: Iterable[int], said: Words) -> list[Stored]:
        """Give the nearest value of each column, of a few."""
        best: dict[Place, Stored] = {}
        for number in near:
            if self._is_meant(self.phrases[number], said):
                for value in self.holders[number]:
                    best.setdefault(Place(value[0], value[1]), value)
        return list(best.values())[:_MOST_COLUMNS]

    def _is_meant(self, stored: Words, said: Words) -> bool:
        """Tell whether also what they do not share is near: American Airlines are not United Airlines."""
        shared = {*map(stem, stored)} & {*map(stem, said)}
        if not shared:
            return True
        rests = [" ".join(word for word in words if stem(word) not in shared) for words in (stored, said)]
        if not all(rests):
            return False
        one, other = self.embedder.embed(rests)
        return float(np.einsum("i,i->", one, other)) >= NEAR


def learn(values: Iterable[Stored], embedder: Embedder) -> Meanings:
    """Make the vectors of short values, those of columns with the fewest first."""
    columns: defaultdict[Place, list[Stored]] = defaultdict(list)
    for value in values:
        columns[Place(value[0], value[1])].append(value)
    found: defaultdict[Words, list[Stored]] = defaultdict(list)
    for many in sorted(columns.values(), key=len):
        if len(many) > MOST_OF_COLUMN or len(found) >= MOST_PHRASES:
            break
        for value in many:
            if _means_something(words := words_of(value[2])):
                found[words].append(value)
    made = embedder.embed([" ".join(words) for words in found])
    return Meanings(embedder, list(found), list(found.values()), made.astype(np.float16))


def frequent_values(schema: SchemaMap) -> Iterator[Stored]:
    """Give what the samples of a map show of columns whose values people may name."""
    for table in schema.catalog:
        for column in table.columns:
            profile = schema.profile(table.full_name, column.name)
            if profile and is_worth_keeping(column, profile):
                yield from ((table.full_name, column.name, value) for value in profile.values)


def _means_something(words: Words) -> bool:
    longest = max(map(len, words), default=0)
    return len(words) <= _MOST_WORDS and longest >= _SHORTEST_WORD and all(map(str.isalpha, words))


def _unexplained(question: str, found: Sequence[FoundValue], names: Collection[str]) -> Iterator[_Asked]:
    explained = {word for value in found if value.score >= MISSPELT for word in words_of(value.words)}
    left = []
    for match in WORD.finditer(question):
        (word,) = words_of(match[0]) or ("",)
        passed = word in STOP_WORDS or word in _DATES or word in explained or stem(word) in names
        known = passed or not word.isalpha() or len(word) < _SHORTEST_WORD
        left.append(None if known else _Asked((word,), match.start(), match.end()))
    for one, other in pairwise(left):
        if one and other:
            yield _Asked(one.words + other.words, one.start, other.end)
    yield from filter(None, left)
