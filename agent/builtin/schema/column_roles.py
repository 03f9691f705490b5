"""What the kinds, names, keys and samples of columns say about their use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from agent.builtin.linking.name_index import NameIndex
from agent.builtin.text.lemmas import lemma
from schema_docs.schema_map import SchemaMap
from schema_docs.text.tokenize import split_name
from store.catalog import Column, Table

_DATE_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$")
_NUMBER_TEXT = re.compile(r"-?\d+(\.\d+)?$")
_NAME_WORDS = ("name", "title", "label", "headline")
_PERSONAL = frozenset({"first", "last", "given", "give", "family", "personal"})
_NUMERIC = frozenset({"integer", "number"})
_CODES = frozenset({"id", "code", "number", "key", "zip", "postal", "phone", "isbn", "ssn"})
_HAPPENED = ("order", "create", "start", "date", "begin", "open", "time", "pay", "visit", "book")


@dataclass(frozen=True)
class Facts:
    """One table with what is known of its columns."""

    table: Table
    schema: SchemaMap
    words: Mapping[tuple[str, str], tuple[str, ...]]

    @property
    def name(self) -> str:
        """The full name of the table."""
        return self.table.full_name

    def column(self, name: str) -> Column:
        """A column that is there."""
        found = self.table.column(name)
        assert found is not None, (self.name, name)
        return found

    def words_of(self, column: str) -> tuple[str, ...]:
        """The words of a column's name."""
        return self.words[self.name, column]

    @cached_property
    def keys(self) -> frozenset[str]:
        """Columns that only point: primary keys of one column, and foreign keys."""
        own = set(self.table.primary_key) if len(self.table.primary_key) == 1 else set()
        return frozenset(own | {name for key in self.table.foreign_keys for name in key.columns})

    def is_date(self, name: str) -> bool:
        """Whether a column holds dates: by its type, or as ISO text by its sample."""
        column = self.column(name)
        if column.kind in {"date", "timestamp"}:
            return True
        profile = self.schema.profile(self.name, name)
        values = profile.values[:5] if profile else ()
        return column.kind in {"text", "other"} and bool(values) and all(map(_DATE_TEXT.match, values))

    def has_time(self, name: str) -> bool:
        """Whether a date column also says the time of day."""
        return self.column(name).kind == "timestamp"

    def is_number(self, name: str) -> bool:
        """Whether a column can be reckoned with: a number by type, or text that is all digits."""
        column = self.column(name)
        if column.kind in _NUMERIC:
            return True
        profile = self.schema.profile(self.name, name)
        values = profile.values[:8] if profile else ()
        return column.kind in {"text", "other"} and bool(values) and all(map(_NUMBER_TEXT.match, values))

    def is_measure(self, name: str) -> bool:
        """Whether a number of this column can be summed or compared: neither a key nor a code."""
        return self.is_number(name) and name not in self.keys and not _CODES & set(self.words_of(name)[-1:])

    def is_filled(self, name: str) -> bool:
        """Whether a column is never empty: by declaration, or in all of its sample."""
        profile = self.schema.profile(self.name, name)
        return not self.column(name).nullable or (profile is not None and profile.null_share == 0)

    def unit(self, name: str) -> str | None:
        """The unit that the notes give for a column."""
        return self.schema.note(self.name, name).unit

    def is_year(self, name: str) -> bool:
        """Whether a column holds the numbers of years."""
        column = self.column(name)
        if "year" in self.words_of(name) and not self.is_date(name):
            return True
        profile = self.schema.profile(self.name, name)
        if column.kind not in _NUMERIC or profile is None or name in self.keys:
            return False
        low, high = profile.smallest, profile.largest
        return isinstance(low, int | float) and isinstance(high, int | float) and low >= 1500 and high <= 2100

    def is_boolean(self, name: str) -> bool:
        """Whether a column holds yes or no."""
        return self.column(name).kind == "boolean"

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """The date columns, the one that says when the row came about first."""
        found = [column.name for column in self.table.columns if self.is_date(column.name)]
        return tuple(sorted(found, key=self._date_rank))

    def _date_rank(self, name: str) -> tuple[bool, bool, int]:
        profile = self.schema.profile(self.name, name)
        often_empty = profile is not None and profile.null_share > 0.02
        birth = any(word in {"birth", "born"} for word in self.words_of(name))
        told = min(
            (_HAPPENED.index(w) for w in map(_stem, self.words_of(name)) if w in _HAPPENED), default=99
        )
        own = set(self.words_of(name)) & {word.rstrip("s") for word in self.table.name.split("_")}
        return birth, often_empty, -1 if own else told

    @cached_property
    def display(self) -> tuple[str, ...]:
        """The columns by which people know a row: its names, or else its key."""
        named = [c.name for c in self.table.columns if self._is_person_name(c.name)]
        if len(named) > 1:
            return tuple(named)
        ranked = [name for word in _NAME_WORDS for name in self._ending_with(word)]
        if ranked:
            return (ranked[0],)
        own = [c.name for c in self.table.columns if self._is_own_name(c.name)]
        if own:
            return (own[0],)
        return self.table.primary_key[:1] if len(self.table.primary_key) == 1 else ()

    def _is_person_name(self, name: str) -> bool:
        words = self.words_of(name)
        return words[-1:] == ("name",) and bool(_PERSONAL & set(words))

    def _ending_with(self, word: str) -> list[str]:
        own = set(self.table.name.lower().replace("_", " ").split())
        found = [
            c.name
            for c in self.table.columns
            if self.words_of(c.name)[-1:] == (word,)
            and (c.name not in self.keys or self._is_named_key(c.name))
        ]
        # `name` itself and the table's own name come before `album name` of a song.
        return sorted(
            found, key=lambda name: len(self.words_of(name)) > 1 and not own & set(self.words_of(name))
        )

    def _is_named_key(self, name: str) -> bool:
        """Whether rows are told apart by a text that is their name."""
        return self.table.primary_key == (name,) and self.column(name).kind == "text"

    def _is_own_name(self, name: str) -> bool:
        words = self.words_of(name)
        table = tuple(lemma(word) for word in split_name(self.table.name))
        return self.column(name).kind == "text" and words == table and name not in self.keys


def _stem(word: str) -> str:
    return word.removesuffix("ed").removesuffix("d") if word.endswith("ed") else word


def gather_facts(schema: SchemaMap, names: NameIndex) -> dict[str, Facts]:
    """Look at every table of a map."""
    return {table.full_name: Facts(table, schema, names.column_words) for table in schema.catalog}
