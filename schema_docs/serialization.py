"""A map as it is kept: JSON, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from schema_docs.schema_map import Note, Term
from store.catalog import Catalog, ForeignKey
from store.rows import as_json
from store.targets.target import ColumnProfile

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class MapBody:
    """All of a map that is kept in one piece. `values`: a hash of the values of each `table.column` kept.

    A field may be added with a default. Any other change needs a migration that empties the maps.
    """

    catalog: Catalog
    notes: Mapping[str, Note] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, ColumnProfile]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    guesses: Mapping[str, tuple[ForeignKey, ...]] = field(default_factory=dict)


_BODY = TypeAdapter(MapBody)


def write_body(body: MapBody) -> str:
    """Write a map down; equal maps are equal texts."""
    return write_plain(body)


def write_plain(record: "DataclassInstance") -> str:
    """Write any record down; equal records are equal texts."""
    return json.dumps(_plain(asdict(record)), ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def read_body(text: str) -> MapBody:
    """Read a map back. Dates and the like among a profile's values have become text."""
    return _BODY.validate_json(text)


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return as_json(value)
