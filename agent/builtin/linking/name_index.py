"""Name index: look up tables and columns of a schema by the words of a question."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agent.builtin.lexicon.synonyms import SYNONYMS
from schema_docs.schema_map import Note, SchemaMap
from schema_docs.text.abbreviations import ABBREVIATIONS
from schema_docs.text.identifiers import IdentifierSplitter, drop_stop_words, lemmatize, without_prefix
from schema_docs.text.lemmatizer import root
from schema_docs.text.spelling import SpellingCorrector
from store.catalog import Table

EXACT_SCORE, LABEL_SCORE, SYNONYM_SCORE, SHORT_FORM_SCORE = 1.0, 0.98, 0.96, 0.95
STEM_FACTOR, SIMILAR_FACTOR, RESPELLED_FACTOR, TRUNCATED_FACTOR = 0.86, 0.78, 0.8, 0.9
ONLY_HEAD_SCORE = 0.88
MIN_PART_SCORE, MAX_PART_SCORE = 0.45, 0.85

# Phrases whose matches are cached; the cache is emptied when it is full.
MAX_CACHED_PHRASES = 50_000

_GIVEN_NAMES = frozenset({("first", "name"), ("given", "name"), ("give", "name")})


@dataclass(frozen=True, slots=True)
class SchemaMatch:
    """A table, column or stored value that a phrase may mean, with a score from 0 to 1 and the reason."""

    kind: Literal["table", "column", "value"]
    table: str
    column: str | None = None
    value: str | None = None
    score: float = EXACT_SCORE
    reason: str = "name"

    def discount(self, factor: float, reason: str) -> "SchemaMatch":
        """Return the same match with its score multiplied by a factor, for another reason."""
        return replace(self, score=round(self.score * factor, 3), reason=reason)


@dataclass(frozen=True, slots=True)
class _IndexedName:
    match: SchemaMatch
    words: tuple[str, ...]


class NameIndex:
    """Inverted index of the names, labels and synonyms of all tables and columns of a schema."""

    def __init__(self, schema: SchemaMap) -> None:
        tables = tuple(schema.catalog)
        names = [table.name for table in tables] + [c.name for table in tables for c in table.columns]
        self._splitter = IdentifierSplitter(names)
        self._by_words: defaultdict[frozenset[str], list[SchemaMatch]] = defaultdict(list)
        self._by_stems: defaultdict[frozenset[str], list[SchemaMatch]] = defaultdict(list)
        self._by_joined_words: defaultdict[str, list[SchemaMatch]] = defaultdict(list)
        self._by_word: defaultdict[str, list[_IndexedName]] = defaultdict(list)
        self._cache: dict[tuple[str, ...], tuple[SchemaMatch, ...]] = {}
        self.table_words: dict[str, tuple[str, ...]] = {}
        self.column_words: dict[tuple[str, str], tuple[str, ...]] = {}
        for name in self._names(schema):
            self._add(name)
        self.words = sorted(self._by_word)
        self._spelling = SpellingCorrector(word for word in self.words if len(word) > 3)

    def find(self, words: Sequence[str]) -> tuple[SchemaMatch, ...]:
        """Find what these words (lemmas) may mean, the best match first."""
        key = tuple(part for word in words for part in ABBREVIATIONS.get(word, word).split())
        # Several threads share the cache: another one may clear it between two statements.
        matches = self._cache.get(key)
        if matches is None:
            if len(self._cache) >= MAX_CACHED_PHRASES:
                self._cache.clear()
            matches = self._cache[key] = _best_matches(self._look_up(key))
        return matches

    def correct_spelling(self, word: str) -> str | None:
        """Return the word of a name that this word misspells; None if it is known or unlike any."""
        return None if word in self._by_word else self._spelling.nearest(word)

    def _names(self, schema: SchemaMap) -> Iterator[_IndexedName]:
        for table in schema.catalog:
            words = self._splitter.table_words(table.name)
            yield from self._name_substitutes(table, words)
            yield from self._person_names(table)
            yield from self._key_names(table, words)
            self.table_words[table.full_name] = words
            note = schema.note(table.full_name)
            yield from self._annotated_names(SchemaMatch("table", table.full_name), words, note)
            for column in table.columns:
                match = SchemaMatch("column", table.full_name, column.name)
                own = self._splitter.words(column.name)
                self.column_words[table.full_name, column.name] = own
                note = schema.note(table.full_name, column.name)
                yield from self._annotated_names(match, own, note)
                short = without_prefix(own, words)
                if len(short) > 1 and len(short[0]) == 1:
                    short = short[1:]
                if short and short != own:
                    yield _IndexedName(replace(match, score=SHORT_FORM_SCORE), short)

    def _key_names(self, table: Table, words: tuple[str, ...]) -> Iterator[_IndexedName]:
        """Name the primary key `id` and `… number`, whatever the column is called."""
        if len(table.primary_key) != 1:
            return
        column_words = {self._splitter.words(column.name) for column in table.columns}
        if self._splitter.words(table.primary_key[0])[-1:] in {("name",), ("title",)}:
            return
        key = SchemaMatch("column", table.full_name, table.primary_key[0], reason="primary key")
        if not any("number" in words_of_column for words_of_column in column_words):
            yield _IndexedName(replace(key, score=0.9), (*words, "number"))
        if not any("id" in words_of_column for words_of_column in column_words):
            yield _IndexedName(replace(key, score=SHORT_FORM_SCORE), ("id",))

    def _name_substitutes(self, table: Table, words: tuple[str, ...]) -> Iterator[_IndexedName]:
        """Without a name column, take the title or the text column called like the table for the name."""
        column_words = {column.name: self._splitter.words(column.name) for column in table.columns}
        if any("name" in words_of_column for words_of_column in column_words.values()):
            return
        for substitute in (words, ("title",)):
            texts = [c for c in table.columns if column_words[c.name] == substitute and c.kind == "text"]
            if texts and substitute:
                match = SchemaMatch("column", table.full_name, texts[0].name, score=0.92, reason="its name")
                yield _IndexedName(match, ("name",))
                return

    def _person_names(self, table: Table) -> Iterator[_IndexedName]:
        """Where people have a first and a last name, let `name` and `full name` mean both."""
        column_words = {column.name: self._splitter.words(column.name) for column in table.columns}
        given_names = [name for name, words in column_words.items() if words[-2:] in _GIVEN_NAMES]
        if given_names and ("name",) not in column_words.values():
            match = SchemaMatch("column", table.full_name, given_names[0], score=0.93, reason="both names")
            yield _IndexedName(match, ("name",))
            yield _IndexedName(match, ("full", "name"))

    def _annotated_names(
        self, match: SchemaMatch, words: tuple[str, ...], note: Note
    ) -> Iterator[_IndexedName]:
        yield _IndexedName(match, words)
        if note.label:
            yield _IndexedName(replace(match, score=LABEL_SCORE, reason="label"), lemmatize(note.label))
        for synonym in note.synonyms:
            noted = replace(match, score=SYNONYM_SCORE, reason="synonym in the notes")
            yield _IndexedName(noted, lemmatize(synonym))

    def _add(self, name: _IndexedName) -> None:
        content = drop_stop_words(name.words)
        if not content:
            return
        self._by_words[frozenset(content)].append(name.match)
        self._by_stems[frozenset(root(word) for word in content)].append(name.match)
        self._by_joined_words["".join(name.words)].append(name.match)
        for word in set(content):
            self._by_word[word].append(name)

    def _look_up(self, words: tuple[str, ...]) -> Iterator[SchemaMatch]:
        content = drop_stop_words(words)
        if not content:
            return
        yield from self._by_words.get(frozenset(content), ())
        for match in self._by_joined_words.get("".join(words), ()):
            yield match.discount(0.97, match.reason)
        for match in self._by_stems.get(frozenset(root(word) for word in content), ()):
            yield match.discount(STEM_FACTOR, "same stem")
        yield from self._partial_matches(content)
        if len(content) <= 2:
            yield from self._truncated_matches(content)
            yield from self._synonym_matches(content)

    def _partial_matches(self, content: tuple[str, ...]) -> Iterator[SchemaMatch]:
        """Match names that contain all the words and more."""
        query = set(content)
        for name in self._by_word.get(content[0], ()):
            name_words = set(drop_stop_words(name.words))
            if query < name_words:
                share = len(query) / len(name_words)
                # The last word of an English compound is its head: what the thing is.
                head = 0.06 if name.words[-1] in query else 0.0
                score = MIN_PART_SCORE + (MAX_PART_SCORE - MIN_PART_SCORE) * share + head
                if head and name.match.kind == "table" and self._is_only_head(name):
                    score = ONLY_HEAD_SCORE
                yield name.match.discount(score, "part of the name")

    def _truncated_matches(self, content: tuple[str, ...]) -> Iterator[SchemaMatch]:
        """Match names whose words are cut short: `tot_cred` for total credits."""
        for position, word in enumerate(content):
            for end in range(4, min(len(word), 8)):
                if word[:end] in self._by_word and len(word) > end + 1:
                    replaced = frozenset((*content[:position], word[:end], *content[position + 1 :]))
                    for match in self._by_words.get(replaced, ()):
                        yield match.discount(TRUNCATED_FACTOR, "cut short")

    def _is_only_head(self, name: _IndexedName) -> bool:
        """Whether no other table has this head: `engineers` are the maintenance engineers."""
        tables = {
            indexed.match.table
            for indexed in self._by_word[name.words[-1]]
            if indexed.match.kind == "table" and indexed.words[-1] == name.words[-1]
        }
        return len(tables) == 1

    def _synonym_matches(self, content: tuple[str, ...]) -> Iterator[SchemaMatch]:
        for position, word in enumerate(content):
            for synonym in SYNONYMS.get(word, ()):
                replaced = frozenset((*content[:position], synonym, *content[position + 1 :]))
                for match in self._by_words.get(replaced, ()):
                    yield match.discount(SIMILAR_FACTOR, "similar word")
                if len(content) == 1:
                    for match in self._partial_matches((synonym,)):
                        yield match.discount(SIMILAR_FACTOR, "similar word in the name")


def _best_matches(matches: Iterator[SchemaMatch]) -> tuple[SchemaMatch, ...]:
    best: dict[tuple[str, str | None], SchemaMatch] = {}
    for match in matches:
        key = match.table, match.column
        if key not in best or match.score > best[key].score:
            best[key] = match
    return tuple(sorted(best.values(), key=lambda match: -match.score))
