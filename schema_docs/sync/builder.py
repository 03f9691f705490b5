"""A new version of a map made from what was found, as changes to the version before it."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from schema_docs.documents.passages import Passage, write_passages
from schema_docs.embedding.embedder import Embedder
from schema_docs.notes.files import NotesFile
from schema_docs.scan.sampling import clean
from schema_docs.scan.scanner import Findings
from schema_docs.schema_map import SchemaMap
from schema_docs.serialization import MapBody, write_body
from schema_docs.values.ngrams import MANNER, keys_of, plain_of
from store.maps.records import KeptMap, KeptNote, NewPassage, NewValue, Place, Revision
from store.progress import Progress

# Passages embedded at a time: about 30 ms of work, after which the progress is told.
_BATCH = 500


@dataclass(frozen=True)
class Drawing:
    """A map put down on paper, before it is compared with the one in force."""

    body: MapBody
    text: str
    passages: Sequence[Passage]
    hash: str


def draw(found: Findings, files: Sequence[NotesFile], embedder: str) -> Drawing:
    """Put down what was found; the same findings, notes and embedder give the same hash."""
    read = {f"{place.table}.{place.column}": _hash([MANNER, *found.values[place]]) for place in found.values}
    values = {**found.carried, **read}
    told = found.notes
    body = MapBody(found.catalog, told.notes, found.profiles, values, told.terms, found.guesses)
    schema = SchemaMap("", 0, found.catalog, told.notes, terms=told.terms)
    text = write_body(body)
    passages = [Passage(each.table, each.column, clean(each.text)) for each in write_passages(schema)]
    written = _hash([embedder, text, *(each for file in files for each in (file.name, file.text))])
    return Drawing(body, text, passages, written)


@dataclass(frozen=True)
class Changes:
    """Turns a drawing into changes to the map in force, if there is any."""

    drawing: Drawing
    found: Findings
    kept: KeptMap | None
    before: MapBody | None
    connection_id: UUID

    async def revise(self, files: Sequence[NotesFile], embedder: Embedder, progress: Progress) -> Revision:
        """Make the vectors and keys that are missing, off the event loop, and put everything together."""
        places = {Place(each.table, each.column) for each in self.drawing.passages}
        kept = self.kept.passages if self.kept else {}
        return Revision(
            body=self.drawing.text,
            content_hash=self.drawing.hash,
            notes=[KeptNote(clean(file.name), clean(file.text)) for file in files],
            passages=await self._embed(embedder, progress),
            gone=[place for place in kept if place not in places],
            values=await asyncio.to_thread(self._values),
            values_gone=self._values_gone(),
            traces=self.found.traces,
            embedder=embedder.name,
            anew=self.kept is None,
        )

    async def _embed(self, embedder: Embedder, progress: Progress) -> list[NewPassage]:
        kept = self.kept.passages if self.kept else {}
        hashes = [(each, _hash([embedder.name, each.text])) for each in self.drawing.passages]
        fresh = [(each, made) for each, made in hashes if kept.get(Place(each.table, each.column)) != made]
        new: list[NewPassage] = []
        for start in range(0, len(fresh), _BATCH):
            progress("Learning words", start, len(fresh))
            batch = fresh[start : start + _BATCH]
            vectors = await asyncio.to_thread(embedder.embed, [each.text for each, _ in batch])
            new += [
                NewPassage(Place(each.table, each.column), made, each.text, vector.tolist())
                for (each, made), vector in zip(batch, vectors, strict=True)
            ]
        progress("Learning words", len(fresh), len(fresh))
        return new

    def _values_gone(self) -> list[Place]:
        kept = self.drawing.body.values
        return [place for place in _looked_up(self.before) if f"{place.table}.{place.column}" not in kept]

    def _values(self) -> dict[Place, list[NewValue]]:
        before = self.before.values if self.before else {}
        return {
            place: [NewValue(value, plain_of(value), keys_of(value, self.connection_id)) for value in values]
            for place, values in self.found.values.items()
            if before.get(f"{place.table}.{place.column}") != _hash([MANNER, *values])
        }


def _looked_up(body: MapBody | None) -> list[Place]:
    """Name the columns whose values are kept. The catalog is asked: a name may have a dot in it."""
    return [
        Place(table.full_name, column.name)
        for table in (body.catalog if body else ())
        for column in table.columns
        if body and f"{table.full_name}.{column.name}" in body.values
    ]


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode(errors="replace")
        digest.update(f"{len(encoded)}:".encode() + encoded)
    return digest.hexdigest()
