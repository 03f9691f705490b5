"""Map builder: turns a scan into a map version, and into changes to the stored one."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from schema_docs.documents.passages import Passage, write_passages
from schema_docs.embedding.embedder import Embedder
from schema_docs.notes.files import NotesFile
from schema_docs.scan.profiler import clean_text
from schema_docs.scan.scanner import ScanResult
from schema_docs.schema_map import MapBody, SchemaMap, serialize_body
from schema_docs.values.ngrams import KEYS_VERSION, build_keys, normalize_value
from store.maps.records import NewPassage, NewValue, NoteFile, Revision, SchemaElement, StoredMap
from store.progress import Progress

# Passages per batch: about 30 ms of work between progress reports.
_EMBEDDING_BATCH = 500


@dataclass(frozen=True)
class BuiltMap:
    """A new map version before it is compared with the stored one."""

    body: MapBody
    text: str
    passages: Sequence[Passage]
    hash: str


def build_map(scanned: ScanResult, files: Sequence[NotesFile], embedder: str) -> BuiltMap:
    """Build a map; the same scan, notes and embedder give the same hash."""
    fresh_hashes = {
        f"{element.table}.{element.column}": _hash([KEYS_VERSION, *scanned.values[element]])
        for element in scanned.values
    }
    values = {**scanned.reused_hashes, **fresh_hashes}
    report = scanned.notes
    body = MapBody(
        scanned.catalog, report.notes, scanned.profiles, values, report.terms, scanned.inferred_keys
    )
    schema = SchemaMap("", 0, scanned.catalog, report.notes, terms=report.terms)
    text = serialize_body(body)
    passages = [Passage(part.table, part.column, clean_text(part.text)) for part in write_passages(schema)]
    content_hash = _hash([embedder, text, *(part for file in files for part in (file.name, file.text))])
    return BuiltMap(body, text, passages, content_hash)


@dataclass(frozen=True)
class MapDiff:
    """Difference between a built map and the stored one, if there is any."""

    built: BuiltMap
    scanned: ScanResult
    stored: StoredMap | None
    old_body: MapBody | None
    connection_id: UUID

    async def build_revision(
        self, files: Sequence[NotesFile], embedder: Embedder, progress: Progress
    ) -> Revision:
        """Embed new passages and compute keys of new values, off the event loop, and return the revision."""
        elements = {SchemaElement(each.table, each.column) for each in self.built.passages}
        stored_passages = self.stored.passages if self.stored else {}
        return Revision(
            body=self.built.text,
            content_hash=self.built.hash,
            notes=[NoteFile(clean_text(file.name), clean_text(file.text)) for file in files],
            passages=await self._embed(embedder, progress),
            removed_passages=[element for element in stored_passages if element not in elements],
            values=await asyncio.to_thread(self._values),
            removed_values=self._removed_values(),
            change_tokens=self.scanned.change_tokens,
            embedder=embedder.name,
            rebuild=self.stored is None,
        )

    async def _embed(self, embedder: Embedder, progress: Progress) -> list[NewPassage]:
        stored_hashes = self.stored.passages if self.stored else {}
        hashes = [(passage, _hash([embedder.name, passage.text])) for passage in self.built.passages]
        changed = [
            (passage, text_hash)
            for passage, text_hash in hashes
            if stored_hashes.get(SchemaElement(passage.table, passage.column)) != text_hash
        ]
        new: list[NewPassage] = []
        for start in range(0, len(changed), _EMBEDDING_BATCH):
            progress("Embedding passages", start, len(changed))
            batch = changed[start : start + _EMBEDDING_BATCH]
            vectors = await asyncio.to_thread(embedder.embed, [passage.text for passage, _ in batch])
            new += [
                NewPassage(
                    SchemaElement(passage.table, passage.column), text_hash, passage.text, vector.tolist()
                )
                for (passage, text_hash), vector in zip(batch, vectors, strict=True)
            ]
        progress("Embedding passages", len(changed), len(changed))
        return new

    def _removed_values(self) -> list[SchemaElement]:
        current = self.built.body.values
        return [
            element
            for element in _columns_with_values(self.old_body)
            if f"{element.table}.{element.column}" not in current
        ]

    def _values(self) -> dict[SchemaElement, list[NewValue]]:
        old_hashes = self.old_body.values if self.old_body else {}
        return {
            element: [
                NewValue(value, normalize_value(value), build_keys(value, self.connection_id))
                for value in values
            ]
            for element, values in self.scanned.values.items()
            if old_hashes.get(f"{element.table}.{element.column}") != _hash([KEYS_VERSION, *values])
        }


def _columns_with_values(body: MapBody | None) -> list[SchemaElement]:
    """Return the columns with stored values.

    Names come from the catalog: a name may contain a dot.
    """
    return [
        SchemaElement(table.full_name, column.name)
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
