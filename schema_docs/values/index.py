"""Find the stored values that a question names, before any query is written."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema_docs.search.results import FoundValue
from schema_docs.text.spelling import Spelling
from schema_docs.text.tokenize import STOP_WORDS, plain, stem
from schema_docs.values.acronyms import initials_of, letters_in, spelt_out
from schema_docs.values.synonyms import VALUE_SYNONYMS

# Longer phrases are looked up only where the person put them in quotes.
LONGEST_PHRASE = 6
# Longer values are prose, of which a few words name nothing.
LONGEST_NAMED = 12
# A question that names more than this names nothing in particular.
MOST_FOUND = 40
# The same value may sit in many columns; beyond these the analyst could not choose anyway.
MOST_PLACES = 12
# Initials of more values than these are those of people.
_MOST_INITIALS = 3

EQUAL, SAME_STEM, OTHER_WORD, INITIALS, MISSPELT, PART = 1.0, 0.95, 0.92, 0.9, 0.8, 0.6

_COUNTRIES = frozenset({"US", "UK"})
WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?|[^\W_]")
_QUOTED = re.compile(r"(?<!\w)(?:\"([^\"]{1,200})\"|“([^”]{1,200})”|'([^']{1,200})'(?!\w)|‘([^’]{1,200})’)")
_POSSESSIVE = re.compile(r"[’']s?$")


@dataclass(frozen=True, slots=True)
class StoredValue:
    """One value as it is stored, and where."""

    table: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words of a question that stand next to each other: as they are, and in the singular."""

    start: int
    end: int
    words: tuple[str, ...]
    stems: tuple[str, ...]
    is_small: bool


@dataclass(frozen=True, slots=True)
class _Hit:
    phrase: _Phrase
    entries: tuple[int, ...]
    score: float

    def hides(self, other: "_Hit") -> bool:
        """Tell whether a longer phrase, matched as well or better, makes the other one pointless."""
        longer = self.phrase.end - self.phrase.start > other.phrase.end - other.phrase.start
        around = self.phrase.start <= other.phrase.start and other.phrase.end <= self.phrase.end
        as_well = self.score >= other.score or self.score >= MISSPELT
        # What it is short for is no more than a guess.
        return longer and around and as_well and self.score != INITIALS


class ValueIndex:
    """Look-up of stored values by the words in them. Build it once per version of a map.

    `names` are stems of the words in names of tables and columns: none of them misspells a value.
    """

    def __init__(self, values: Iterable[tuple[str, str, str]], names: Collection[str] = ()) -> None:
        self.entries = tuple(StoredValue(*value) for value in values)
        self._whole: defaultdict[str, list[int]] = defaultdict(list)
        self._stemmed: defaultdict[str, list[int]] = defaultdict(list)
        self._holding: defaultdict[str, list[int]] = defaultdict(list)
        self._initials: defaultdict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(self.entries):
            words = words_of(entry.value)
            self._whole[" ".join(words)].append(number)
            self._stemmed[_stems(words)].append(number)
            for word in set(words) - STOP_WORDS if 1 < len(words) <= LONGEST_NAMED else ():
                self._holding[stem(word)].append(number)
            for letters in initials_of(words):
                self._initials[letters].append(number)
        stored = {word for key in self._whole for word in key.split() if len(word) > 3}
        self._spelling = Spelling(stored | {stem(word) for word in stored}, names)

    def exact(self, words: Sequence[str]) -> Sequence[int]:
        """Numbers of the entries that are these words and nothing else."""
        return self._whole.get(" ".join(words), ())

    def stemmed(self, stems: Sequence[str]) -> Sequence[int]:
        """Numbers of the entries whose words have these stems."""
        return self._stemmed.get(" ".join(stems), ())

    def otherwise(self, words: Sequence[str], stems: Sequence[str]) -> Sequence[int]:
        """Numbers of the entries that these words are another word for: Canada for `Canadian`."""
        stored = VALUE_SYNONYMS.get(" ".join(words)) or VALUE_SYNONYMS.get(" ".join(stems), ())
        found = [number for each in stored for number in self.exact(each.split())]
        # `US` is a country, `us` hardly; of a letter nobody knows what it is a code for.
        return [n for n in found if len(self.entries[n].value) > 2 or self.entries[n].value in _COUNTRIES]

    def initials(self, said: str) -> Sequence[int]:
        """Numbers of the entries that these are the initials of, or that are the initials of these words."""
        if " " in said:
            found = [number for letters in spelt_out(said) for number in self.exact((letters,))]
            return [number for number in found if letters_in(self.entries[number].value)]
        found = self._initials.get(letters_in(said) or "", [])
        few = len({plain(self.entries[number].value) for number in found}) <= _MOST_INITIALS
        return found if few else ()

    def holding(self, words: Sequence[str], stems: Sequence[str]) -> Sequence[int]:
        """Numbers of the longer entries in which these words stand next to each other."""
        shortest: Sequence[int] | None = None
        for word, stemmed in zip(words, stems, strict=True):
            if word not in STOP_WORDS:
                among = self._holding.get(stemmed, ())
                if shortest is None or len(among) < len(shortest):
                    shortest = among
        if not shortest or len(shortest) > 50 * MOST_PLACES:
            return ()
        wanted = f" {' '.join(stems)} "
        return [n for n in shortest if wanted in f" {_stems(words_of(self.entries[n].value))} "]

    def respell(self, word: str) -> str | None:
        """The stored word that this one seems to misspell, or None where it is well spelt or unlike any."""
        return self._spelling.nearest(word)


def match_values(
    question: str, values: ValueIndex | Sequence[tuple[str, str, str]]
) -> tuple[FoundValue, ...]:
    """Name the stored values a question seems to speak of, best first; long phrases hide those inside."""
    index = values if isinstance(values, ValueIndex) else ValueIndex(values)
    shouted = question.isupper()
    respelt = {word: other for word in set(words_of(question)) if (other := index.respell(word))}
    hits = []
    for phrase in _phrases(question):
        numbers, score = _look_up(phrase, index, question)
        if not numbers:
            numbers, score = _look_further(phrase, index, respelt)
        if not numbers and not shouted:
            numbers, score = index.initials(question[phrase.start : phrase.end]), INITIALS
        if numbers:
            hits.append(_Hit(phrase, tuple(numbers[:MOST_PLACES]), score))
    kept = [hit for hit in hits if not any(other.hides(hit) for other in hits)]
    kept.sort(key=lambda hit: (-hit.score, hit.phrase.start))
    found = [_found(index.entries[n], hit, question) for hit in kept for n in hit.entries]
    return tuple(found[:MOST_FOUND])


def words_of(text: str) -> tuple[str, ...]:
    """Take a value or a question apart into plain words; `O'Brien` stays one, `Anna's` loses its ending."""
    return tuple(_POSSESSIVE.sub("", plain(word)) for word in WORD.findall(text))


def _phrases(question: str) -> Iterator[_Phrase]:
    spans = [match.span() for match in WORD.finditer(question)]
    words = words_of(question)
    stems = tuple(stem(word) for word in words)
    tells = [word not in STOP_WORDS for word in words]

    def phrase(first: int, last: int) -> _Phrase:
        is_small = not any(tells[first:last]) or sum(map(len, words[first:last])) <= 2
        start, end = spans[first][0], spans[last - 1][1]
        return _Phrase(start, end, words[first:last], stems[first:last], is_small)

    for match in _QUOTED.finditer(question):
        inside = [n for n, (start, end) in enumerate(spans) if match.start() < start and end < match.end()]
        if len(inside) > LONGEST_PHRASE:
            yield phrase(inside[0], inside[-1] + 1)
    for first in range(len(words)):
        for last in range(first + 1, min(first + LONGEST_PHRASE, len(words)) + 1):
            yield phrase(first, last)


def _look_up(phrase: _Phrase, index: ValueIndex, question: str) -> tuple[Sequence[int], float]:
    """Look for the very words."""
    found = index.exact(phrase.words)
    if found and phrase.is_small:
        # `in`, `us` or `m` is a value only where it is written just as it is stored.
        said = question[phrase.start : phrase.end]
        return [n for n in found if index.entries[n].value == said and not said.islower()], EQUAL
    return found, EQUAL


def _look_further(
    phrase: _Phrase, index: ValueIndex, respelt: Mapping[str, str]
) -> tuple[Sequence[int], float]:
    """Look for other forms of the words, for what they may misspell, and for longer values around them."""
    if phrase.is_small:
        return (), 0.0
    if found := index.stemmed(phrase.stems):
        return found, SAME_STEM
    if found := index.otherwise(phrase.words, phrase.stems):
        return found, OTHER_WORD
    if any(word in respelt for word in phrase.words):
        corrected = [respelt.get(word, word) for word in phrase.words]
        if found := index.exact(corrected) or index.stemmed([stem(word) for word in corrected]):
            return found, MISSPELT
    return index.holding(phrase.words, phrase.stems), PART


def _found(entry: StoredValue, hit: _Hit, question: str) -> FoundValue:
    said = question[hit.phrase.start : hit.phrase.end]
    score = hit.score
    if score == PART:
        score = round(PART * (0.5 + 0.5 * min(1.0, len(said) / max(len(entry.value), 1))), 3)
    return FoundValue(entry.table, entry.column, entry.value, said, score)


def _stems(words: Sequence[str]) -> str:
    return " ".join(stem(word) for word in words)
