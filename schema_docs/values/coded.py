"""Values that a question means without naming them as they are stored: codes, flags, numbers, short forms."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from schema_docs.scan.sampling import is_private
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import FoundValue
from schema_docs.text.abbreviations import shortens
from schema_docs.text.tokenize import STOP_WORDS, split_name, stem
from schema_docs.values.index import words_of
from schema_docs.values.synonyms import VALUE_SYNONYMS
from store.catalog import Column
from store.targets.target import ColumnProfile

# Columns with more values hold names, not codes.
_MOST_CODES = 20
# What is read from the words was not looked up: it counts less than anything that was.
READ = 0.5
MOST_READ = 12
# Looked through for every word that begins with their letter.
_MOST_SHORT = 400

_YES = frozenset({"y", "yes", "t", "true", "1"})
_NO = frozenset({"n", "no", "f", "false", "0"})
# Spelt out they say yes and no beside other values, too.
_SAYING = frozenset({"yes", "no", "true", "false"})
# What the name of a flag begins with, also where it runs into the next word: `is_male`, `hasgarage`.
_BEFORE_FLAGS = ("is", "has", "on")
_SHORTEST_FLAG = 5
# They say that a column is a number or a code, not of what.
_VAGUE = frozenset({"id", "code", "number", "no", "num", "nr", "name", "rating", "type", "flag", "yn"})
_COMPARING = frozenset(
    {"than", "over", "above", "under", "below", "least", "most", "between", "exceed", "top", "first", "last"}
)
_COUNTED = dict(
    zip(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        range(1, 11),
        strict=True,
    )
) | dict(zip(("first", "second", "third", "fourth", "fifth", "sixth"), range(1, 7), strict=True))
_EMAIL = re.compile(r"[^@\s\"'“”<>(),;]+@[^@\s\"'“”<>(),;]+\.\w+")
# How far from a number the name of its column is looked for, in words.
_BEFORE, _AFTER = 3, 2


@dataclass(frozen=True, slots=True)
class _Column:
    """A column by the stems of its name, without the vague ones where others are left."""

    table: str
    name: str
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Code:
    """One value of a column with few."""

    column: _Column
    value: str
    pieces: tuple[str, ...]


class Hints:
    """What the samples of a map hint at. Build it once per version; a column without a sample has none."""

    def __init__(self, schema: SchemaMap) -> None:
        self._codes: defaultdict[str, list[_Code]] = defaultdict(list)
        self._short: defaultdict[str, list[_Code]] = defaultdict(list)
        self._flags: defaultdict[str, list[tuple[_Column, Sequence[str]]]] = defaultdict(list)
        self._numbered: defaultdict[str, list[_Column]] = defaultdict(list)
        self._mail: list[_Column] = []
        for table in schema.catalog:
            for column in table.columns:
                if profile := schema.profile(table.full_name, column.name):
                    self._add(_Column(table.full_name, column.name, _stems(column.name)), column, profile)

    def _add(self, known: _Column, column: Column, profile: ColumnProfile) -> None:
        values = profile.values
        if is_private(column, profile):
            if any(_EMAIL.fullmatch(value) for value in values):
                self._mail.append(known)
            return
        if column.kind in ("integer", "number") or (values and all(value.isdigit() for value in values)):
            for word in known.stems:
                self._numbered[word].append(known)
        if 0 < len(values) <= _MOST_CODES and profile.distinct <= _MOST_CODES:
            self._add_codes(known, column, values)

    def _add_codes(self, known: _Column, column: Column, values: Sequence[str]) -> None:
        told = {value: value.strip().casefold() for value in values}
        flags = values if set(told.values()) <= _YES | _NO else [v for v in values if told[v] in _SAYING]
        # `WiFi` is two words to us, and one to those who ask.
        for stems in {_without_before(known.stems), frozenset([stem("".join(split_name(known.name)))])}:
            for word in stems if flags else ():
                self._flags[word].append((replace(known, stems=stems), flags))
        for value in values if column.kind == "text" else ():
            code = _Code(known, value, split_name(value))
            self._codes[" ".join(words_of(value))].append(code)
            if code.pieces and len(self._short[code.pieces[0][0]]) < _MOST_SHORT:
                self._short[code.pieces[0][0]].append(code)

    def read(self, question: str, found: Iterable[FoundValue]) -> tuple[FoundValue, ...]:
        """Give the values that are hinted at, but for those `found` already."""
        known = {(hit.table, hit.column, hit.value) for hit in found}
        words = words_of(question)
        hits = [
            *self._worded(question, words),
            *self._shortened(question, words),
            *self._flagged(words),
            *self._counted(words),
            *(_read(at, mail, mail) for mail in _EMAIL.findall(question) for at in self._mail),
        ]
        fresh = dict.fromkeys(hit for hit in hits if (hit.table, hit.column, hit.value) not in known)
        return tuple(fresh)[:MOST_READ]

    def _worded(self, question: str, words: Sequence[str]) -> Iterator[FoundValue]:
        """Other words for a value, and codes of a letter or two behind the name of their column."""
        for at, word in enumerate(words):
            for stored in VALUE_SYNONYMS.get(word, VALUE_SYNONYMS.get(stem(word), ())):
                yield from (_hit(code, word) for code in self._codes.get(stored, ()))
            if len(word) <= 2 and at:
                near = {stem(each) for each in split_name(words[at - 1])}
                named = (code for code in self._codes.get(word, ()) if near & _every_stem(code.column.name))
                yield from (_hit(code, word) for code in named)

    def _shortened(self, question: str, words: Sequence[str]) -> Iterator[FoundValue]:
        """`Comp. Sci.` for computer science, `Prof` for professors."""
        stems = [stem(word) for word in words]
        for at, word in enumerate(words):
            for code in self._short.get(word[:1], ()):
                said = stems[at : at + len(code.pieces)]
                if len(said) == len(code.pieces) and _shortens(code.pieces, said):
                    yield _hit(code, " ".join(words[at : at + len(said)]))

    def _flagged(self, words: Sequence[str]) -> Iterator[FoundValue]:
        stems = {stem(word) for word in words}
        for word in stems - STOP_WORDS:
            for column, values in self._flags.get(word, ()):
                if 2 * len(column.stems & stems) >= len(column.stems):
                    for value in values:
                        yield _read(column, value, word)

    def _counted(self, words: Sequence[str]) -> Iterator[FoundValue]:
        """A number beside the name of a column: `grade 4`, `fourth grade`; not one that is compared with."""
        for at, word in enumerate(words):
            number = word if word.isdigit() else str(_COUNTED[word]) if word in _COUNTED else None
            if number is None or _COMPARING & set(words[max(0, at - 2) : at]):
                continue
            near = {
                stem(each) for each in (*words[max(0, at - _BEFORE) : at], *words[at + 1 : at + 1 + _AFTER])
            }
            for column in dict.fromkeys(
                each for name in sorted(near) for each in self._numbered.get(name, ())
            ):
                if 2 * len(column.stems & near) >= len(column.stems):
                    yield _read(column, number, word)


def _hit(code: _Code, said: str) -> FoundValue:
    return _read(code.column, code.value, said)


def _read(column: _Column, value: str, said: str) -> FoundValue:
    return FoundValue(column.table, column.name, value, said, READ, read=True)


def _shortens(pieces: Sequence[str], said: Sequence[str]) -> bool:
    """Tell whether every piece is a word or short for it, and one of them is."""
    pairs = list(zip(pieces, said, strict=True))
    short = [shortens(piece, word) for piece, word in pairs]
    return any(short) and all(
        is_short or piece == word for is_short, (piece, word) in zip(short, pairs, strict=True)
    )


def _without_before(stems: frozenset[str]) -> frozenset[str]:
    """Leave out `is` and the like, by itself or run together with the next word."""
    every = {
        next((word[len(each) :] for each in _BEFORE_FLAGS if _begins(word, each)), word) for word in stems
    }
    return frozenset(every - {*_BEFORE_FLAGS}) or stems


def _begins(word: str, before: str) -> bool:
    return word.startswith(before) and len(word) - len(before) >= _SHORTEST_FLAG


def _every_stem(name: str) -> frozenset[str]:
    return frozenset(stem(word) for word in split_name(name))


def _stems(name: str) -> frozenset[str]:
    every = _every_stem(name)
    return every - _VAGUE or every
