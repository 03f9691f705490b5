"""Records of schema maps: what is written to the map tables, and what is read from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray


class SchemaElement(NamedTuple):
    """Table, by its full name, or one of its columns."""

    table: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class MapHead:
    """Current version of the map of a connection, and the embedder of its vectors.

    `example_revision` counts changes of the examples, which are not part of the map. Without `share_values`
    the values in the map must not be shown.
    """

    connection_id: UUID
    version: int
    embedder: str = ""
    example_revision: int = field(default=0, compare=False)
    share_values: bool = True


@dataclass(frozen=True, slots=True)
class MapSize:
    """Number of passages and values stored for a connection."""

    passages: int
    values: int


@dataclass(frozen=True, slots=True)
class NewPassage:
    """Passage to store. An unchanged `hash` means that its `vector` need not be computed again."""

    element: SchemaElement
    hash: str
    text: str
    vector: Sequence[float]


@dataclass(frozen=True, slots=True)
class NewValue:
    """Column value to store, with its normalized text and its lookup keys."""

    value: str
    normalized: str
    keys: Sequence[int]


@dataclass(frozen=True, slots=True)
class NoteFile:
    """File of notes, as it was read."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class StoredMap:
    """Current map of a connection, which the next sync compares with.

    `passages` maps each element to the hash of its passage. `change_tokens` describe the rows of each table:
    a table whose token is unchanged need not be scanned again.
    """

    version: int
    content_hash: str
    body: str
    passages: Mapping[SchemaElement, str]
    change_tokens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Revision:
    """New version of a map, as changes to the current one. `values`: all values of each changed column.

    `rebuild` discards all stored passages and values. `discard_history` deletes the versions before it, whose
    values must no longer be stored.
    """

    body: str
    content_hash: str
    notes: Sequence[NoteFile] = ()
    passages: Sequence[NewPassage] = ()
    removed_passages: Sequence[SchemaElement] = ()
    values: Mapping[SchemaElement, Sequence[NewValue]] = field(default_factory=dict)
    removed_values: Sequence[SchemaElement] = ()
    change_tokens: Mapping[str, str] = field(default_factory=dict)
    embedder: str = ""
    rebuild: bool = False
    discard_history: bool = False


@dataclass(frozen=True)
class PassageVectors:
    """Passages of a map with their vectors, `(n, dimensions)` floats."""

    elements: Sequence[SchemaElement]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PassageMatch:
    """Passage near a question; `similarity` is the cosine, at most 1."""

    element: SchemaElement
    similarity: float
