"""All names of a schema, ready to be looked up by the words of a question."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz.distance import DamerauLevenshtein

from agent.builtin.lexicon.abbreviations import ABBREVIATIONS
from agent.builtin.lexicon.synonyms import SYNONYMS
from agent.builtin.linking.identifiers import Splitter, content_of, lemmas_of, without_prefix
from agent.builtin.text.lemmas import root
from schema_docs.schema_map import Note, SchemaMap
from store.catalog import Table

OWN, LABEL, NOTED, SHORTENED = 1.0, 0.98, 0.96, 0.95
ROOT, ALIKE, RESPELT = 0.86, 0.78, 0.8
CUT = 0.9
ONLY_HEAD = 0.88
PART_LEAST, PART_MOST = 0.45, 0.85


@dataclass(frozen=True, slots=True)
class Ref:
    """What a phrase may mean in the schema, how surely (0 to 1), and why."""

    kind: Literal["table", "column", "value"]
    table: str
    column: str | None = None
    value: str | None = None
    score: float = 1.0
    why: str = "name"

    def scaled(self, factor: float, why: str) -> "Ref":
        """The same meaning, less sure, for another reason."""
        return replace(self, score=round(self.score * factor, 3), why=why)


@dataclass(frozen=True, slots=True)
class _Name:
    ref: Ref
    words: tuple[str, ...]


class NameIndex:
    """Looks phrases up among the names, labels and synonyms of tables and columns."""

    def __init__(self, schema: SchemaMap) -> None:
        tables = tuple(schema.catalog)
        names = [table.name for table in tables] + [c.name for table in tables for c in table.columns]
        self._splitter = Splitter(names)
        self._whole: defaultdict[frozenset[str], list[Ref]] = defaultdict(list)
        self._roots: defaultdict[frozenset[str], list[Ref]] = defaultdict(list)
        self._joined: defaultdict[str, list[Ref]] = defaultdict(list)
        self._holding: defaultdict[str, list[_Name]] = defaultdict(list)
        self._seen: dict[tuple[str, ...], tuple[Ref, ...]] = {}
        self.table_words: dict[str, tuple[str, ...]] = {}
        self.column_words: dict[tuple[str, str], tuple[str, ...]] = {}
        for name in self._names(schema):
            self._add(name)
        self.words = sorted(self._holding)

    def find(self, words: Sequence[str]) -> tuple[Ref, ...]:
        """Give what these words (lemmas) may mean, the surest first."""
        key = tuple(part for word in words for part in ABBREVIATIONS.get(word, word).split())
        if key not in self._seen:
            self._seen[key] = _best_of(self._look_up(key))
        return self._seen[key]

    def respell(self, word: str) -> str | None:
        """The word of a name which this one seems to misspell."""
        if len(word) < 5 or word in self._holding:
            return None
        slips = 2 if len(word) > 7 else 1
        best: str | None = None
        for candidate in self.words:
            if len(candidate) < 4 or candidate[0] != word[0] or abs(len(candidate) - len(word)) > slips:
                continue
            distance = DamerauLevenshtein.distance(word, candidate, score_cutoff=slips)
            if distance <= slips:
                best, slips = candidate, distance - 1
        return best

    def _names(self, schema: SchemaMap) -> Iterator[_Name]:
        for table in schema.catalog:
            words = self._splitter.table_words(table.name)
            yield from self._names_by_other_words(table, words)
            yield from self._person_names(table)
            yield from self._row_numbers(table, words)
            self.table_words[table.full_name] = words
            yield from self._noted(Ref("table", table.full_name), words, schema.note(table.full_name))
            for column in table.columns:
                ref = Ref("column", table.full_name, column.name)
                own = self._splitter.words(column.name)
                self.column_words[table.full_name, column.name] = own
                yield from self._noted(ref, own, schema.note(table.full_name, column.name))
                rest = without_prefix(own, words)
                if len(rest) > 1 and len(rest[0]) == 1:
                    rest = rest[1:]
                if rest and rest != own:
                    yield _Name(replace(ref, score=SHORTENED), rest)

    def _row_numbers(self, table: Table, words: tuple[str, ...]) -> Iterator[_Name]:
        """The key of a table is its rows' id and number, whatever it is called."""
        if len(table.primary_key) != 1:
            return
        own = {self._splitter.words(column.name) for column in table.columns}
        if self._splitter.words(table.primary_key[0])[-1:] in {("name",), ("title",)}:
            return
        key = Ref("column", table.full_name, table.primary_key[0], why="its key")
        if not any("number" in spoken for spoken in own):
            yield _Name(replace(key, score=0.9), (*words, "number"))
        if not any("id" in spoken for spoken in own):
            yield _Name(replace(key, score=SHORTENED), ("id",))

    def _names_by_other_words(self, table: Table, words: tuple[str, ...]) -> Iterator[_Name]:
        """Where no column is a name, the title is one, or the column called like the table."""
        own = {column.name: self._splitter.words(column.name) for column in table.columns}
        if any("name" in spoken for spoken in own.values()):
            return
        for wanted in (words, ("title",)):
            named = [c for c in table.columns if own[c.name] == wanted and c.kind == "text"]
            if named and wanted:
                yield _Name(
                    Ref("column", table.full_name, named[0].name, score=0.92, why="its name"), ("name",)
                )
                return

    def _person_names(self, table: Table) -> Iterator[_Name]:
        """Where people have a first and a last name, `name` and `full name` mean both."""
        own = {column.name: self._splitter.words(column.name) for column in table.columns}
        givens = {("first", "name"), ("given", "name"), ("give", "name")}
        first = [name for name, words in own.items() if words[-2:] in givens]
        if first and not any(words[-1:] == ("name",) and len(words) == 1 for words in own.values()):
            for words in (("name",), ("full", "name")):
                yield _Name(Ref("column", table.full_name, first[0], score=0.93, why="both names"), words)

    def _noted(self, ref: Ref, words: tuple[str, ...], note: Note) -> Iterator[_Name]:
        yield _Name(ref, words)
        if note.label:
            yield _Name(replace(ref, score=LABEL, why="label"), lemmas_of(note.label))
        for synonym in note.synonyms:
            yield _Name(replace(ref, score=NOTED, why="synonym in the notes"), lemmas_of(synonym))

    def _add(self, name: _Name) -> None:
        content = content_of(name.words)
        if not content:
            return
        self._whole[frozenset(content)].append(name.ref)
        self._roots[frozenset(root(word) for word in content)].append(name.ref)
        self._joined["".join(name.words)].append(name.ref)
        for word in set(content):
            self._holding[word].append(name)

    def _look_up(self, words: tuple[str, ...]) -> Iterator[Ref]:
        content = content_of(words)
        if not content:
            return
        yield from self._whole.get(frozenset(content), ())
        for ref in self._joined.get("".join(words), ()):
            yield ref.scaled(0.97, ref.why)
        for ref in self._roots.get(frozenset(root(word) for word in content), ()):
            yield ref.scaled(ROOT, "same stem")
        yield from self._partly(content)
        if len(content) <= 2:
            yield from self._shortened(content)
        if len(content) <= 2:
            yield from self._alike(content)

    def _partly(self, content: tuple[str, ...]) -> Iterator[Ref]:
        wanted = set(content)
        for name in self._holding.get(content[0], ()):
            held = set(content_of(name.words))
            if wanted < held:
                share = len(wanted) / len(held)
                # The last word of an English compound is what the thing is.
                head = 0.06 if name.words[-1] in wanted else 0.0
                score = PART_LEAST + (PART_MOST - PART_LEAST) * share + head
                if head and name.ref.kind == "table" and self._only_head(name):
                    score = ONLY_HEAD
                yield name.ref.scaled(score, "part of the name")

    def _shortened(self, content: tuple[str, ...]) -> Iterator[Ref]:
        """Names often cut words short: `tot_cred` for total credits."""
        for position, word in enumerate(content):
            for end in range(4, min(len(word), 8)):
                if word[:end] in self._holding and len(word) > end + 1:
                    swapped = frozenset((*content[:position], word[:end], *content[position + 1 :]))
                    for ref in self._whole.get(swapped, ()):
                        yield ref.scaled(CUT, "cut short")

    def _only_head(self, name: _Name) -> bool:
        """Whether no other table is a thing of that sort: `engineers` are the maintenance engineers."""
        same = {
            other.ref.table
            for other in self._holding[name.words[-1]]
            if other.ref.kind == "table" and other.words[-1] == name.words[-1]
        }
        return len(same) == 1

    def _alike(self, content: tuple[str, ...]) -> Iterator[Ref]:
        for position, word in enumerate(content):
            for other in SYNONYMS.get(word, ()):
                swapped = frozenset((*content[:position], other, *content[position + 1 :]))
                for ref in self._whole.get(swapped, ()):
                    yield ref.scaled(ALIKE, "similar word")
                if len(content) == 1:
                    for ref in self._partly((other,)):
                        yield ref.scaled(ALIKE, "similar word in the name")


def _best_of(refs: Iterator[Ref]) -> tuple[Ref, ...]:
    best: dict[tuple[str, str | None], Ref] = {}
    for ref in refs:
        key = ref.table, ref.column
        if key not in best or ref.score > best[key].score:
            best[key] = ref
    return tuple(sorted(best.values(), key=lambda ref: -ref.score))
