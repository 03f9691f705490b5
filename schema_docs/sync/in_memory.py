"""In-memory schema map, never persisted: for one-off use of a database, as in evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from schema_docs.access_filter import restrict_map
from schema_docs.documents.passages import write_passages
from schema_docs.embedding.embedder import Embedder
from schema_docs.loaded_map import LoadedMap, load_map
from schema_docs.notes.files import NotesFile
from schema_docs.privacy import redact
from schema_docs.scan.scanner import scan
from schema_docs.schema_map import SchemaMap
from schema_docs.search.packing import assemble_all, assemble_relevant
from schema_docs.search.ranking import MAX_NEAREST_COLUMNS, MAX_NEAREST_TABLES
from schema_docs.search.results import SearchResult
from schema_docs.search.vector_index import embed_question
from schema_docs.sync.sync import ignore_progress
from schema_docs.values.semantic import build_semantic_index
from store.access.roles import Access
from store.maps.records import MapHead, PassageMatch, PassageVectors, SchemaElement
from store.progress import Progress
from store.request_cache import RequestCache
from store.targets.target import Target

_HEAD = MapHead(UUID(int=0), 1)
BUDGET_TOKENS = 1_500


@dataclass(frozen=True)
class InMemoryMap:
    """One map in memory, which serves every connection name."""

    loaded_map: LoadedMap
    embedder: Embedder

    async def schema(
        self, connection: str, access: Access | None = None, cache: RequestCache | None = None
    ) -> SchemaMap:
        """Return the map, as far as the access shows it."""
        return self._restrict(access).loaded_map.schema

    async def find(
        self,
        question: str,
        connection: str,
        budget_tokens: int = BUDGET_TOKENS,
        access: Access | None = None,
        cache: RequestCache | None = None,
    ) -> SearchResult:
        """Return table documents within the budget, values and joins for a question."""
        return self._restrict(access).search(question, budget_tokens)

    def search(self, question: str, budget_tokens: int = BUDGET_TOKENS) -> SearchResult:
        """Search without access control, as `SchemaRetriever.find` would."""
        values = self.loaded_map.find_values(question)
        if self.loaded_map.tokens <= budget_tokens:
            return assemble_all(question, self.loaded_map, values)
        return assemble_relevant(
            question, self.loaded_map, self.nearest_passages(question), values, budget_tokens
        )

    def nearest_passages(self, question: str) -> list[PassageMatch]:
        """Return the nearest passages, as many as for a stored map."""
        assert self.loaded_map.vector_index is not None
        vector = embed_question(self.loaded_map.correct_spelling(question), self.embedder)
        return self.loaded_map.vector_index.find(vector, MAX_NEAREST_TABLES, MAX_NEAREST_COLUMNS)

    def _restrict(self, access: Access | None) -> "InMemoryMap":
        return (
            self
            if access is None
            else InMemoryMap(restrict_map(self.loaded_map, access, self.embedder), self.embedder)
        )


async def build_in_memory_map(
    name: str,
    target: Target,
    embedder: Embedder,
    *,
    notes: Sequence[NotesFile] = (),
    progress: Progress = ignore_progress,
) -> InMemoryMap:
    """Scan a target and load its map. Raises `TargetUnavailable`."""
    result = await scan(target, notes, progress)
    whole = SchemaMap(
        name, 1, result.catalog, result.notes.notes, result.profiles, result.notes.terms, result.inferred_keys
    )
    values = [
        (element.table, element.column or "", value)
        for element, texts in result.values.items()
        for value in texts
    ]
    return load_in_memory_map(redact(whole), embedder, values)


def load_in_memory_map(
    schema: SchemaMap, embedder: Embedder, values: Sequence[tuple[str, str, str]] = ()
) -> InMemoryMap:
    """Load a map from a schema that was read elsewhere."""
    passages = list(write_passages(schema))
    places = [SchemaElement(passage.table, passage.column) for passage in passages]
    vectors = PassageVectors(places, embedder.embed([passage.text for passage in passages]))
    meanings = build_semantic_index(values, embedder) if embedder.instant else None
    return InMemoryMap(load_map(_HEAD, schema, values, vectors, meanings), embedder)
