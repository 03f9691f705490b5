"""Value index: finds stored values that a question mentions, before any query is written."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema_docs.search.results import ValueMatch
from schema_docs.text.identifiers import normalize
from schema_docs.text.lemmatizer import lemma
from schema_docs.text.spelling import SpellingCorrector
from schema_docs.text.tokenizer import STOP_WORDS, WORD, split_words
from schema_docs.values.ngrams import abbreviate_name, make_acronyms, parse_acronym
from schema_docs.values.synonyms import VALUE_SYNONYMS

# Longer phrases are looked up only if they are quoted.
MAX_PHRASE_WORDS = 6
# Longer values are prose; a few words of them identify nothing.
MAX_VALUE_WORDS = 12
# A question that mentions more values than this mentions none in particular.
MAX_MATCHES = 40
# The same value may occur in many columns; an analyst could not choose among more than these.
MAX_COLUMNS_PER_VALUE = 12
# Initials shared by more values than this are those of people.
_MAX_EXPANSIONS = 3

EQUAL, SAME_LEMMA, SYNONYM, ACRONYM, MISSPELLED, PARTIAL = 1.0, 0.95, 0.92, 0.9, 0.8, 0.6

_COUNTRY_CODES = frozenset({"US", "UK"})
_QUOTED = re.compile(r"(?<!\w)(?:\"([^\"]{1,200})\"|“([^”]{1,200})”|'([^']{1,200})'(?!\w)|‘([^’]{1,200})’)")


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A stored value with its table and column."""

    table: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Consecutive words of a question, as written and as lemmas."""

    start: int
    end: int
    words: tuple[str, ...]
    lemmas: tuple[str, ...]
    is_small: bool


@dataclass(frozen=True, slots=True)
class _Hit:
    """Entries that a phrase matches, with the score of the match."""

    phrase: _Phrase
    entries: tuple[int, ...]
    score: float

    def hides(self, other: "_Hit") -> bool:
        """Return whether this longer phrase, matched as well or better, makes the other one redundant."""
        longer = self.phrase.end - self.phrase.start > other.phrase.end - other.phrase.start
        around = self.phrase.start <= other.phrase.start and other.phrase.end <= self.phrase.end
        as_well = self.score >= other.score or self.score >= MISSPELLED
        # The expansion of an acronym is only a guess.
        return longer and around and as_well and self.score != ACRONYM


class ValueIndex:
    """Look-up of stored values by their words. Build it once per map version.

    `names` are lemmas of the words in table and column names: none of them is taken for a misspelled value.
    """

    def __init__(self, values: Iterable[tuple[str, str, str]], names: Collection[str] = ()) -> None:
        self.entries = tuple(StoredValue(*value) for value in values)
        self._by_text: defaultdict[str, list[int]] = defaultdict(list)
        self._by_lemmas: defaultdict[str, list[int]] = defaultdict(list)
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        self._by_acronym: defaultdict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(self.entries):
            words = split_words(entry.value)
            self._by_text[" ".join(words)].append(number)
            self._by_lemmas[_join_lemmas(words)].append(number)
            for word in set(words) - STOP_WORDS if 1 < len(words) <= MAX_VALUE_WORDS else ():
                self._by_word[lemma(word)].append(number)
            for letters in make_acronyms(words):
                self._by_acronym[letters].append(number)
        stored_words = {word for key in self._by_text for word in key.split() if len(word) > 3}
        self._spelling = SpellingCorrector(stored_words | {lemma(word) for word in stored_words}, names)

    def by_words(self, words: Sequence[str]) -> Sequence[int]:
        """Return the entries that consist of exactly these words."""
        return self._by_text.get(" ".join(words), ())

    def by_lemmas(self, lemmas: Sequence[str]) -> Sequence[int]:
        """Return the entries whose words have these lemmas."""
        return self._by_lemmas.get(" ".join(lemmas), ())

    def by_synonym(self, words: Sequence[str], lemmas: Sequence[str]) -> Sequence[int]:
        """Return the entries these words are a synonym of: Canada for `Canadian`."""
        texts = VALUE_SYNONYMS.get(" ".join(words)) or VALUE_SYNONYMS.get(" ".join(lemmas), ())
        numbers = [number for text in texts for number in self.by_words(text.split())]
        # `US` is a country, `us` hardly; a single letter may be a code for anything.
        return [
            n for n in numbers if len(self.entries[n].value) > 2 or self.entries[n].value in _COUNTRY_CODES
        ]

    def by_acronym(self, phrase: str) -> Sequence[int]:
        """Return the entries that the phrase abbreviates, or that are an acronym of the phrase."""
        if " " in phrase:
            numbers = [number for letters in abbreviate_name(phrase) for number in self.by_words((letters,))]
            return [number for number in numbers if parse_acronym(self.entries[number].value)]
        numbers = self._by_acronym.get(parse_acronym(phrase) or "", [])
        is_specific = len({normalize(self.entries[number].value) for number in numbers}) <= _MAX_EXPANSIONS
        return numbers if is_specific else ()

    def containing(self, words: Sequence[str], lemmas: Sequence[str]) -> Sequence[int]:
        """Return the longer entries that contain these words next to each other."""
        shortest: Sequence[int] | None = None
        for word, word_lemma in zip(words, lemmas, strict=True):
            if word not in STOP_WORDS:
                entries = self._by_word.get(word_lemma, ())
                if shortest is None or len(entries) < len(shortest):
                    shortest = entries
        if not shortest or len(shortest) > 50 * MAX_COLUMNS_PER_VALUE:
            return ()
        needle = f" {' '.join(lemmas)} "
        return [n for n in shortest if needle in f" {_join_lemmas(split_words(self.entries[n].value))} "]

    def correct(self, word: str) -> str | None:
        """Return the stored word that this one seems to misspell; None if it is known or unlike any."""
        return self._spelling.nearest(word)


def match_values(
    question: str, values: ValueIndex | Sequence[tuple[str, str, str]]
) -> tuple[ValueMatch, ...]:
    """Return the stored values that a question seems to mention, best first.

    Long phrases hide those inside them.
    """
    index = values if isinstance(values, ValueIndex) else ValueIndex(values)
    is_upper_case = question.isupper()
    corrections = {
        word: correction for word in set(split_words(question)) if (correction := index.correct(word))
    }
    hits = []
    for phrase in _iterate_phrases(question):
        numbers, score = _match_exactly(phrase, index, question)
        if not numbers:
            numbers, score = _match_loosely(phrase, index, corrections)
        if not numbers and not is_upper_case:
            numbers, score = index.by_acronym(question[phrase.start : phrase.end]), ACRONYM
        if numbers:
            hits.append(_Hit(phrase, tuple(numbers[:MAX_COLUMNS_PER_VALUE]), score))
    best = [hit for hit in hits if not any(correction.hides(hit) for correction in hits)]
    best.sort(key=lambda hit: (-hit.score, hit.phrase.start))
    matches = [_to_match(index.entries[n], hit, question) for hit in best for n in hit.entries]
    return tuple(matches[:MAX_MATCHES])


def _iterate_phrases(question: str) -> Iterator[_Phrase]:
    spans = [match.span() for match in WORD.finditer(question)]
    words = split_words(question)
    lemmas = tuple(lemma(word) for word in words)
    is_content = [word not in STOP_WORDS for word in words]

    def make_phrase(first: int, last: int) -> _Phrase:
        is_small = not any(is_content[first:last]) or sum(map(len, words[first:last])) <= 2
        start, end = spans[first][0], spans[last - 1][1]
        return _Phrase(start, end, words[first:last], lemmas[first:last], is_small)

    for match in _QUOTED.finditer(question):
        quoted = [
            number for number, (start, end) in enumerate(spans) if match.start() < start and end < match.end()
        ]
        if len(quoted) > MAX_PHRASE_WORDS:
            yield make_phrase(quoted[0], quoted[-1] + 1)
    for first in range(len(words)):
        for last in range(first + 1, min(first + MAX_PHRASE_WORDS, len(words)) + 1):
            yield make_phrase(first, last)


def _match_exactly(phrase: _Phrase, index: ValueIndex, question: str) -> tuple[Sequence[int], float]:
    """Look up the words as they are."""
    numbers = index.by_words(phrase.words)
    if numbers and phrase.is_small:
        # `in`, `us` or `m` counts as a value only if it is written exactly as it is stored.
        text = question[phrase.start : phrase.end]
        return [n for n in numbers if index.entries[n].value == text and not text.islower()], EQUAL
    return numbers, EQUAL


def _match_loosely(
    phrase: _Phrase, index: ValueIndex, corrections: Mapping[str, str]
) -> tuple[Sequence[int], float]:
    """Look up lemmas, synonyms and corrected spellings, then longer values that contain the words."""
    if phrase.is_small:
        return (), 0.0
    if numbers := index.by_lemmas(phrase.lemmas):
        return numbers, SAME_LEMMA
    if numbers := index.by_synonym(phrase.words, phrase.lemmas):
        return numbers, SYNONYM
    if any(word in corrections for word in phrase.words):
        corrected = [corrections.get(word, word) for word in phrase.words]
        if numbers := index.by_words(corrected) or index.by_lemmas([lemma(word) for word in corrected]):
            return numbers, MISSPELLED
    return index.containing(phrase.words, phrase.lemmas), PARTIAL


def _to_match(entry: StoredValue, hit: _Hit, question: str) -> ValueMatch:
    phrase = question[hit.phrase.start : hit.phrase.end]
    score = hit.score
    if score == PARTIAL:
        score = round(PARTIAL * (0.5 + 0.5 * min(1.0, len(phrase) / max(len(entry.value), 1))), 3)
    return ValueMatch(entry.table, entry.column, entry.value, phrase, score)


def _join_lemmas(words: Sequence[str]) -> str:
    return " ".join(lemma(word) for word in words)
