"""What goes into a map's tables, and what comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray


class Place(NamedTuple):
    """A table by its full name, or one of its columns."""

    table: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class MapHead:
    """Which version of a connection's map is in force, and what its vectors were made with.

    `examples` counts the changes to the connection's examples, which are no part of the map. With
    `tells_values` off nothing that the map says of values is shown.
    """

    connection_id: UUID
    version: int
    embedder: str = ""
    examples: int = field(default=0, compare=False)
    tells_values: bool = True


@dataclass(frozen=True, slots=True)
class MapSize:
    """How much is kept of a connection."""

    passages: int
    values: int


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to keep. Its `vector` has the embedder's dimensions; by `hash` it is made anew or kept."""

    place: Place
    hash: str
    text: str
    vector: Sequence[float]


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value to keep, with its plain words and the keys it is found by."""

    value: str
    plain: str
    keys: Sequence[int]


@dataclass(frozen=True, slots=True)
class KeptNote:
    """A file of notes as it was read in."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class KeptMap:
    """What the store knows of a connection's map before it is drawn again.

    `traces` tell by table what its rows were like, so that it need not be looked at when they are the same.
    """

    version: int
    content_hash: str
    body: str
    passages: Mapping[Place, str]
    traces: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Revision:
    """A new version of a map, as changes to the one in force. `values`: all of each column that changed.

    `anew` says that nothing of the one in force is to be kept, `forgets` that versions before it hold what
    nobody may keep any more.
    """

    body: str
    content_hash: str
    notes: Sequence[KeptNote] = ()
    passages: Sequence[NewPassage] = ()
    gone: Sequence[Place] = ()
    values: Mapping[Place, Sequence[NewValue]] = field(default_factory=dict)
    values_gone: Sequence[Place] = ()
    traces: Mapping[str, str] = field(default_factory=dict)
    embedder: str = ""
    anew: bool = False
    forgets: bool = False


@dataclass(frozen=True)
class KeptVectors:
    """All passages of a map with their vectors, `(n, dimensions)` floats."""

    places: Sequence[Place]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Near:
    """A passage near a question; `similarity` is the cosine, at most 1."""

    place: Place
    similarity: float
