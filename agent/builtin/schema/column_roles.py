"""Column roles (key, date, number, measure, display name), inferred from types, names, keys and samples."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from agent.builtin.linking.name_index import NameIndex
from schema_docs.schema_map import SchemaMap
from schema_docs.text.identifiers import lemmatize
from schema_docs.text.lemmatizer import root
from store.catalog import Column, Table

_DATE_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$")
_NUMBER_TEXT = re.compile(r"-?\d+(\.\d+)?$")
_NAME_WORDS = ("name", "title", "label", "headline")
_PERSON_NAME_WORDS = frozenset({"first", "last", "given", "give", "family", "personal"})
_NUMERIC = frozenset({"integer", "number"})
_CODE_WORDS = frozenset({"id", "code", "number", "key", "zip", "postal", "phone", "isbn", "ssn"})
_EVENT_ROOTS = tuple(
    map(root, ("order", "create", "start", "date", "begin", "open", "time", "pay", "visit", "book"))
)


@dataclass(frozen=True)
class ColumnRoles:
    """Roles of the columns of one table."""

    table: Table
    schema: SchemaMap
    words: Mapping[tuple[str, str], tuple[str, ...]]

    @property
    def name(self) -> str:
        """The full name of the table."""
        return self.table.full_name

    def column(self, name: str) -> Column:
        """Get a column that must exist."""
        column = self.table.column(name)
        assert column is not None, (self.name, name)
        return column

    def words_of(self, column: str) -> tuple[str, ...]:
        """Split a column's name into words."""
        return self.words[self.name, column]

    @cached_property
    def key_columns(self) -> frozenset[str]:
        """Columns that only identify rows: one-column primary keys, and foreign keys."""
        primary_key = set(self.table.primary_key) if len(self.table.primary_key) == 1 else set()
        return frozenset(primary_key | {name for key in self.table.foreign_keys for name in key.columns})

    def is_date(self, name: str) -> bool:
        """Check whether a column holds dates, by its type or as ISO text by its sample."""
        column = self.column(name)
        if column.kind in {"date", "timestamp"}:
            return True
        profile = self.schema.profile(self.name, name)
        values = profile.values[:5] if profile else ()
        return column.kind in {"text", "other"} and bool(values) and all(map(_DATE_TEXT.match, values))

    def has_time(self, name: str) -> bool:
        """Check whether a date column includes the time of day."""
        return self.column(name).kind == "timestamp"

    def is_number(self, name: str) -> bool:
        """Check whether a column is numeric, by its type or as digits in its sample."""
        column = self.column(name)
        if column.kind in _NUMERIC:
            return True
        profile = self.schema.profile(self.name, name)
        values = profile.values[:8] if profile else ()
        return column.kind in {"text", "other"} and bool(values) and all(map(_NUMBER_TEXT.match, values))

    def is_measure(self, name: str) -> bool:
        """Check whether a numeric column can be aggregated: it is neither a key nor a code."""
        return (
            self.is_number(name)
            and name not in self.key_columns
            and not _CODE_WORDS & set(self.words_of(name)[-1:])
        )

    def is_filled(self, name: str) -> bool:
        """Check whether a column is never NULL, by declaration or in its sample."""
        profile = self.schema.profile(self.name, name)
        return not self.column(name).nullable or (profile is not None and profile.null_share == 0)

    def unit(self, name: str) -> str | None:
        """Look up the unit that the notes give for a column."""
        return self.schema.note(self.name, name).unit

    def is_year(self, name: str) -> bool:
        """Check whether a column holds year numbers."""
        column = self.column(name)
        if "year" in self.words_of(name) and not self.is_date(name):
            return True
        profile = self.schema.profile(self.name, name)
        if column.kind not in _NUMERIC or profile is None or name in self.key_columns:
            return False
        low, high = profile.smallest, profile.largest
        return isinstance(low, int | float) and isinstance(high, int | float) and low >= 1500 and high <= 2100

    def is_boolean(self, name: str) -> bool:
        """Check whether a column is boolean."""
        return self.column(name).kind == "boolean"

    @cached_property
    def date_columns(self) -> tuple[str, ...]:
        """Date columns, starting with the one that tells when the row was created or happened."""
        names = [column.name for column in self.table.columns if self.is_date(column.name)]
        return tuple(sorted(names, key=self._date_rank))

    def _date_rank(self, name: str) -> tuple[bool, bool, int]:
        profile = self.schema.profile(self.name, name)
        is_sparse = profile is not None and profile.null_share > 0.02
        is_birth_date = any(word in {"birth", "born"} for word in self.words_of(name))
        event_rank = min(
            (_EVENT_ROOTS.index(w) for w in map(root, self.words_of(name)) if w in _EVENT_ROOTS), default=99
        )
        table_words = set(self.words_of(name)) & {*lemmatize(self.table.name)}
        return is_birth_date, is_sparse, -1 if table_words else event_rank

    @cached_property
    def display_columns(self) -> tuple[str, ...]:
        """Columns that people identify a row by: its names, or else its key."""
        person_names = [c.name for c in self.table.columns if self._is_person_name(c.name)]
        if len(person_names) > 1:
            return tuple(person_names)
        ranked = [name for word in _NAME_WORDS for name in self._ending_with(word)]
        if ranked:
            return (ranked[0],)
        own_names = [c.name for c in self.table.columns if self._is_own_name(c.name)]
        if own_names:
            return (own_names[0],)
        return self.table.primary_key[:1] if len(self.table.primary_key) == 1 else ()

    def _is_person_name(self, name: str) -> bool:
        words = self.words_of(name)
        return words[-1:] == ("name",) and bool(_PERSON_NAME_WORDS & set(words))

    def _ending_with(self, word: str) -> list[str]:
        table_words = set(self.table.name.lower().replace("_", " ").split())
        names = [
            c.name
            for c in self.table.columns
            if self.words_of(c.name)[-1:] == (word,)
            and (c.name not in self.key_columns or self._is_named_key(c.name))
        ]
        # `name` and the table's own name rank before a qualified name such as `album name` of a song.
        return sorted(
            names,
            key=lambda name: len(self.words_of(name)) > 1 and not table_words & set(self.words_of(name)),
        )

    def _is_named_key(self, name: str) -> bool:
        """Check whether the primary key is a text, which then is the rows' name."""
        return self.table.primary_key == (name,) and self.column(name).kind == "text"

    def _is_own_name(self, name: str) -> bool:
        words = self.words_of(name)
        table = lemmatize(self.table.name)
        return self.column(name).kind == "text" and words == table and name not in self.key_columns


def classify_columns(schema: SchemaMap, names: NameIndex) -> dict[str, ColumnRoles]:
    """Classify the columns of every table of a schema map."""
    return {table.full_name: ColumnRoles(table, schema, names.column_words) for table in schema.catalog}
