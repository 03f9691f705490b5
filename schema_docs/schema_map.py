"""Schema map: the catalog of one target with its notes, profiles and glossary terms."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import TypeAdapter

from store.catalog import Catalog, ForeignKey
from store.rows import as_json
from store.targets.target import ColumnProfile

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Note:
    """Curated description of a table or a column. `label` is its display name; `unit` is e.g. `EUR`.

    `accepted_values` are the only values a column may hold, if declared. `tags` are for policies.
    """

    description: str = ""
    synonyms: tuple[str, ...] = ()
    label: str | None = None
    unit: str | None = None
    accepted_values: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """Business term or metric; `sql` is a condition, or the formula of a metric.

    `about` lists the tables and columns it concerns, as `table` or `table.column` with full names.
    """

    name: str
    meaning: str = ""
    kind: Literal["term", "metric"] = "term"
    synonyms: tuple[str, ...] = ()
    sql: str = ""
    unit: str | None = None
    about: tuple[str, ...] = ()

    def __str__(self) -> str:
        synonyms = f" (also {', '.join(self.synonyms)})" if self.synonyms else ""
        parts = (self.meaning, self.sql and f"As SQL: {self.sql}", self.unit and f"In {self.unit}")
        text = " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)
        return f"{self.name}{synonyms}: {text}" if text else f"{self.name}{synonyms}"


@dataclass(frozen=True)
class SchemaMap:
    """One version of the schema map of a connection.

    `notes` is keyed by full table name or `table.column`; `profiles` by full table name, then column.
    `inferred_keys` are undeclared foreign keys, by full table name. Without `share_values` the map contains
    no stored values, and no rows go to a language model.
    """

    connection: str
    version: int
    catalog: Catalog
    notes: Mapping[str, Note] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, ColumnProfile]] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    inferred_keys: Mapping[str, tuple[ForeignKey, ...]] = field(default_factory=dict)
    share_values: bool = True

    def note(self, table: str, column: str | None = None) -> Note:
        """Return the note on a table or on one of its columns; an empty note if there is none."""
        return self.notes.get(table if column is None else f"{table}.{column}", Note())

    def terms_of(self, table: str) -> tuple[Term, ...]:
        """Return the terms that concern a table or one of its columns."""
        return tuple(
            term
            for term in self.terms
            if any(place == table or place.startswith(f"{table}.") for place in term.about)
        )

    def profile(self, table: str, column: str) -> ColumnProfile | None:
        """Return the profile of a column; None if it was not profiled."""
        return self.profiles.get(table, {}).get(column)


@dataclass(frozen=True)
class MapBody:
    """The part of a schema map that is stored as one JSON text.

    `values` holds a hash of the stored values of each `table.column`. A field may be added with a default;
    any other change needs a migration that empties the maps.
    """

    catalog: Catalog
    notes: Mapping[str, Note] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, ColumnProfile]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    inferred_keys: Mapping[str, tuple[ForeignKey, ...]] = field(default_factory=dict)


_BODY = TypeAdapter(MapBody)


def serialize_body(body: MapBody) -> str:
    """Serialize a map body as canonical JSON: equal bodies give equal texts."""
    return serialize(body)


def serialize(record: "DataclassInstance") -> str:
    """Serialize any dataclass as canonical JSON: equal records give equal texts."""
    return json.dumps(_to_plain(asdict(record)), ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def parse_body(text: str) -> MapBody:
    """Parse a map body. Dates and the like among profile values come back as text."""
    return _BODY.validate_json(text)


def _to_plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _to_plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_to_plain(item) for item in value]
    return as_json(value)
