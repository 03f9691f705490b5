"""JSON serialization of schema maps."""

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
