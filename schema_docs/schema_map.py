"""Everything known about one target: its catalog, the notes people wrote, what samples say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from store.catalog import Catalog, ForeignKey
from store.targets.target import ColumnProfile


@dataclass(frozen=True, slots=True)
class Note:
    """What a person wrote about a table or a column. `label` is what to call it; `unit` e.g. `EUR`.

    `accepted` are the only values a column may hold, where somebody said so. `tags` are for policies.
    """

    description: str = ""
    synonyms: tuple[str, ...] = ()
    label: str | None = None
    unit: str | None = None
    accepted: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the house with its meaning; `sql` is a condition, or how a metric is reckoned.

    `about` names what it speaks of as `table` or `table.column`, with full names.
    """

    name: str
    meaning: str = ""
    kind: Literal["term", "metric"] = "term"
    synonyms: tuple[str, ...] = ()
    sql: str = ""
    unit: str | None = None
    about: tuple[str, ...] = ()

    def __str__(self) -> str:
        called = f" (also {', '.join(self.synonyms)})" if self.synonyms else ""
        parts = (self.meaning, self.sql and f"As SQL: {self.sql}", self.unit and f"In {self.unit}")
        told = " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)
        return f"{self.name}{called}: {told}" if told else f"{self.name}{called}"


@dataclass(frozen=True)
class SchemaMap:
    """One version of the map of one connection.

    `notes` is keyed by a table's full name or by `table.column`; `profiles` by full table name, then column.
    `guesses` are keys that nobody declared, by full table name. With `tells_values` off it says nothing of
    what is stored, and no rows go to a language model.
    """

    connection: str
    version: int
    catalog: Catalog
    notes: Mapping[str, Note] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, ColumnProfile]] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    guesses: Mapping[str, tuple[ForeignKey, ...]] = field(default_factory=dict)
    tells_values: bool = True

    def note(self, table: str, column: str | None = None) -> Note:
        """The note on a table or on one of its columns; an empty one where nobody wrote any."""
        return self.notes.get(table if column is None else f"{table}.{column}", Note())

    def terms_of(self, table: str) -> tuple[Term, ...]:
        """The terms that are about a table, or about one of its columns."""
        return tuple(
            term
            for term in self.terms
            if any(place == table or place.startswith(f"{table}.") for place in term.about)
        )

    def profile(self, table: str, column: str) -> ColumnProfile | None:
        """What the sample says of a column, if it was looked at."""
        return self.profiles.get(table, {}).get(column)
