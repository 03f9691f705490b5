"""Coded values: codes, flags, numbers and abbreviations that a question refers to indirectly."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from schema_docs.scan.profiler import is_sensitive
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import ValueMatch
from schema_docs.text.abbreviations import is_abbreviation
from schema_docs.text.identifiers import ONES, ORDINALS, lemmatize, split_identifier
from schema_docs.text.lemmatizer import lemma
from schema_docs.text.tokenizer import STOP_WORDS, split_words
from schema_docs.values.synonyms import VALUE_SYNONYMS
from store.catalog import Column
from store.targets.target import ColumnProfile

# Columns with more values hold names, not codes.
_MAX_CODES = 20
# Inferred values were not looked up: they score less than any that were.
INFERRED = 0.5
MAX_INFERRED = 12
# Abbreviated values per first letter; all of them are compared with each word that begins with it.
_MAX_ABBREVIATIONS = 400

_TRUE_VALUES = frozenset({"y", "yes", "t", "true", "1"})
_FALSE_VALUES = frozenset({"n", "no", "f", "false", "0"})
# Spelled out they mean true and false even beside other values.
_BOOLEAN_WORDS = frozenset({"yes", "no", "true", "false"})
# Prefixes of flag names, also without a separator: `is_male`, `hasgarage`.
_FLAG_PREFIXES = ("is", "has", "on")
_MIN_FLAG_LENGTH = 5
# These say that a column is a number or a code, not of what.
_GENERIC_WORDS = frozenset(
    {"id", "code", "number", "no", "num", "nr", "name", "rating", "type", "flag", "yn"}
)
_COMPARISON_WORDS = frozenset(
    {"than", "over", "above", "under", "below", "least", "most", "between", "exceed", "top", "first", "last"}
)
_NUMBER_WORDS = {**ONES, **ORDINALS}
_EMAIL = re.compile(r"[^@\s\"'“”<>(),;]+@[^@\s\"'“”<>(),;]+\.\w+")
# Distance in words between a number and the name of its column.
_WORDS_BEFORE, _WORDS_AFTER = 3, 2


@dataclass(frozen=True, slots=True)
class _CodedColumn:
    """A column with the lemmas of its name, without generic ones if others are left."""

    table: str
    name: str
    lemmas: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Code:
    """One value of a column with few distinct values."""

    column: _CodedColumn
    value: str
    pieces: tuple[str, ...]


class CodedValueIndex:
    """Index of the coded values in a map's samples. Build it once per version; it needs column profiles."""

    def __init__(self, schema: SchemaMap) -> None:
        self._codes: defaultdict[str, list[_Code]] = defaultdict(list)
        self._by_letter: defaultdict[str, list[_Code]] = defaultdict(list)
        self._flag_columns: defaultdict[str, list[tuple[_CodedColumn, Sequence[str]]]] = defaultdict(list)
        self._number_columns: defaultdict[str, list[_CodedColumn]] = defaultdict(list)
        self._email_columns: list[_CodedColumn] = []
        for table in schema.catalog:
            for column in table.columns:
                if profile := schema.profile(table.full_name, column.name):
                    self._add(
                        _CodedColumn(table.full_name, column.name, _specific_lemmas(column.name)),
                        column,
                        profile,
                    )

    def _add(self, coded: _CodedColumn, column: Column, profile: ColumnProfile) -> None:
        values = profile.values
        if is_sensitive(column, profile):
            if any(_EMAIL.fullmatch(value) for value in values):
                self._email_columns.append(coded)
            return
        if column.kind in ("integer", "number") or (values and all(value.isdigit() for value in values)):
            for word in coded.lemmas:
                self._number_columns[word].append(coded)
        if 0 < len(values) <= _MAX_CODES and profile.distinct_count <= _MAX_CODES:
            self._add_codes(coded, column, values)

    def _add_codes(self, coded: _CodedColumn, column: Column, values: Sequence[str]) -> None:
        folded = {value: value.strip().casefold() for value in values}
        flags = (
            values
            if set(folded.values()) <= _TRUE_VALUES | _FALSE_VALUES
            else [v for v in values if folded[v] in _BOOLEAN_WORDS]
        )
        # The splitter makes two words of `WiFi`; users write one.
        for lemmas in {
            _strip_flag_prefix(coded.lemmas),
            frozenset([lemma("".join(split_identifier(coded.name)))]),
        }:
            for word in lemmas if flags else ():
                self._flag_columns[word].append((replace(coded, lemmas=lemmas), flags))
        for value in values if column.kind == "text" else ():
            code = _Code(coded, value, split_identifier(value))
            self._codes[" ".join(split_words(value))].append(code)
            if code.pieces and len(self._by_letter[code.pieces[0][0]]) < _MAX_ABBREVIATIONS:
                self._by_letter[code.pieces[0][0]].append(code)

    def find(self, question: str, matches: Iterable[ValueMatch]) -> tuple[ValueMatch, ...]:
        """Return the values that a question hints at, except for `matches` that were looked up."""
        looked_up = {(match.table, match.column, match.value) for match in matches}
        words = split_words(question)
        candidates = [
            *self._by_synonym(question, words),
            *self._by_abbreviation(question, words),
            *self._by_flag(words),
            *self._by_number(words),
            *(
                _infer(column, address, address)
                for address in _EMAIL.findall(question)
                for column in self._email_columns
            ),
        ]
        inferred = dict.fromkeys(
            match for match in candidates if (match.table, match.column, match.value) not in looked_up
        )
        return tuple(inferred)[:MAX_INFERRED]

    def _by_synonym(self, question: str, words: Sequence[str]) -> Iterator[ValueMatch]:
        """Match synonyms of a value, and codes of one or two letters behind the name of their column."""
        for position, word in enumerate(words):
            for stored in VALUE_SYNONYMS.get(word, VALUE_SYNONYMS.get(lemma(word), ())):
                yield from (_match_code(code, word) for code in self._codes.get(stored, ()))
            if len(word) <= 2 and position:
                previous_lemmas = {*lemmatize(words[position - 1])}
                codes = (
                    code
                    for code in self._codes.get(word, ())
                    if previous_lemmas & {*lemmatize(code.column.name)}
                )
                yield from (_match_code(code, word) for code in codes)

    def _by_abbreviation(self, question: str, words: Sequence[str]) -> Iterator[ValueMatch]:
        """Match abbreviations: `Comp. Sci.` for computer science, `Prof` for professors."""
        lemmas = [lemma(word) for word in words]
        for position, word in enumerate(words):
            for code in self._by_letter.get(word[:1], ()):
                spoken = lemmas[position : position + len(code.pieces)]
                if len(spoken) == len(code.pieces) and _is_abbreviated(code.pieces, spoken):
                    yield _match_code(code, " ".join(words[position : position + len(spoken)]))

    def _by_flag(self, words: Sequence[str]) -> Iterator[ValueMatch]:
        """Match flags by the name of their column: `is_active` for `active`."""
        lemmas = {lemma(word) for word in words}
        for word in lemmas - STOP_WORDS:
            for column, values in self._flag_columns.get(word, ()):
                if 2 * len(column.lemmas & lemmas) >= len(column.lemmas):
                    for value in values:
                        yield _infer(column, value, word)

    def _by_number(self, words: Sequence[str]) -> Iterator[ValueMatch]:
        """Match a number beside the name of a column (`grade 4`, `fourth grade`), unless it is compared."""
        for position, word in enumerate(words):
            number = word if word.isdigit() else str(_NUMBER_WORDS[word]) if word in _NUMBER_WORDS else None
            if number is None or _COMPARISON_WORDS & set(words[max(0, position - 2) : position]):
                continue
            nearby_lemmas = {
                lemma(neighbour)
                for neighbour in (
                    *words[max(0, position - _WORDS_BEFORE) : position],
                    *words[position + 1 : position + 1 + _WORDS_AFTER],
                )
            }
            for column in dict.fromkeys(
                column for name in sorted(nearby_lemmas) for column in self._number_columns.get(name, ())
            ):
                if 2 * len(column.lemmas & nearby_lemmas) >= len(column.lemmas):
                    yield _infer(column, number, word)


def _match_code(code: _Code, phrase: str) -> ValueMatch:
    return _infer(code.column, code.value, phrase)


def _infer(column: _CodedColumn, value: str, phrase: str) -> ValueMatch:
    return ValueMatch(column.table, column.name, value, phrase, INFERRED, inferred=True)


def _is_abbreviated(pieces: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether every word is equal or abbreviated, and at least one is abbreviated."""
    pairs = list(zip(pieces, words, strict=True))
    abbreviated = [is_abbreviation(piece, word) for piece, word in pairs]
    return any(abbreviated) and all(
        is_shorter or piece == word for is_shorter, (piece, word) in zip(abbreviated, pairs, strict=True)
    )


def _strip_flag_prefix(lemmas: frozenset[str]) -> frozenset[str]:
    """Remove `is` and the like, as a word of its own or as a prefix."""
    stripped = {
        next((word[len(prefix) :] for prefix in _FLAG_PREFIXES if _has_flag_prefix(word, prefix)), word)
        for word in lemmas
    }
    return frozenset(stripped - {*_FLAG_PREFIXES}) or lemmas


def _has_flag_prefix(word: str, prefix: str) -> bool:
    return word.startswith(prefix) and len(word) - len(prefix) >= _MIN_FLAG_LENGTH


def _specific_lemmas(name: str) -> frozenset[str]:
    lemmas = frozenset(lemmatize(name))
    return lemmas - _GENERIC_WORDS or lemmas
