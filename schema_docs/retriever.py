"""Schema retriever: returns whole schema maps, or the part that one question needs."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from schema_docs.access_filter import restrict_map, visible_passages, visible_values
from schema_docs.documents.table_document import write_table_document
from schema_docs.embedding.embedder import Embedder, Vectors
from schema_docs.errors import EmbedderUnavailable, NotMapped
from schema_docs.examples.index import AccessView, ExampleCache, ExampleLookup
from schema_docs.loaded_map import LoadedMap, load_map
from schema_docs.privacy import redact
from schema_docs.schema_map import SchemaMap, parse_body
from schema_docs.search.explain import TableExplanation, explain_ranking
from schema_docs.search.packing import assemble_all, assemble_relevant
from schema_docs.search.quantized_index import QuantizedIndexCache
from schema_docs.search.ranking import MAX_NEAREST_COLUMNS, MAX_NEAREST_TABLES
from schema_docs.search.results import ExampleMatch, SearchResult, TableDocument, ValueMatch
from schema_docs.search.vector_index import embed_question
from schema_docs.values.ngrams import build_probes
from schema_docs.values.semantic import SemanticValueIndex, ValueRow, build_semantic_index, frequent_values
from store.access.roles import Access, Role
from store.examples import ExampleStore
from store.maps.maps import MapStore
from store.maps.records import MapHead, PassageMatch
from store.request_cache import RequestCache

logger = logging.getLogger(__name__)

Key = TypeVar("Key")

# Beyond these limits, values are looked up in the store and passages in the quantized index. In memory,
# 20,000 values take 15 MB and 20,000 passages 20 MB; searching 5,000 passages takes 1 ms there and 7 ms in
# the store.
MAX_VALUES_IN_MEMORY = 20_000
MAX_PASSAGES_IN_MEMORY = 20_000
# Passages of all cached maps, about 2 KB each: enough for 200 maps of a hundred tables. Loading such a map
# takes 30 ms, searching it 2 ms.
MAX_CACHED_PASSAGES = 300_000
# Prompt tokens reserved for the schema.
BUDGET_TOKENS = 1_500
MAX_SIMILAR_VALUES = 40
# Some rows from the store may be hidden from the user, so more are fetched.
_OVERFETCH_FACTOR = 4


class SchemaRetriever:
    """Searches the schema maps of all connections and caches loaded maps by version.

    A map whose vectors none of the embedders made is searched by words and values until its next sync.
    """

    def __init__(self, store: MapStore, *embedders: Embedder, examples: ExampleStore | None = None) -> None:
        self._store = store
        self._quantized = QuantizedIndexCache(store)
        self._example_cache = ExampleCache(examples) if examples else None
        self._embedders = {embedder.name: embedder for embedder in embedders}
        self._loaded: OrderedDict[str, LoadedMap] = OrderedDict()
        self._restricted: OrderedDict[tuple[str, Role], LoadedMap] = OrderedDict()
        self._heads: dict[str, MapHead] = {}
        self._loading = asyncio.Lock()

    async def schema(
        self, connection: str, access: Access | None = None, cache: RequestCache | None = None
    ) -> SchemaMap:
        """Return the current map of a connection, as far as the access shows it.

        Raises `NotMapped`, `StoreUnavailable`.
        """
        return (await self._restricted_map(connection, access, cache)).schema

    async def find(
        self,
        question: str,
        connection: str,
        budget_tokens: int = BUDGET_TOKENS,
        access: Access | None = None,
        cache: RequestCache | None = None,
    ) -> SearchResult:
        """Return table documents within the budget, values, joins and examples. Raises as `schema`."""
        loaded_map = await self._restricted_map(connection, access, cache)
        values = await self._find_values(question, loaded_map, access)
        if loaded_map.tokens <= budget_tokens:
            result = assemble_all(question, loaded_map, values)
        else:
            passages = await self._find_passages(question, loaded_map, access)
            result = assemble_relevant(question, loaded_map, passages, values, budget_tokens)
        return replace(
            result, examples=await self._find_examples(ExampleLookup(question, values), loaded_map, access)
        )

    async def examples(
        self, question: str, connection: str, sql: str | None = None, access: Access | None = None
    ) -> tuple[ExampleMatch, ...]:
        """Return verified examples similar to a question, and to a query if given. Raises as `schema`."""
        loaded_map = await self._restricted_map(connection, access)
        values = await self._find_values(question, loaded_map, access)
        return await self._find_examples(ExampleLookup(question, values, sql), loaded_map, access)

    async def explain_ranking(
        self, question: str, connection: str, budget_tokens: int = BUDGET_TOKENS, access: Access | None = None
    ) -> tuple[TableExplanation, ...]:
        """Explain how the tables were ranked, even where all of them fit. Raises as `schema`."""
        loaded_map = await self._restricted_map(connection, access)
        values = await self._find_values(question, loaded_map, access)
        result = await self.find(question, connection, budget_tokens, access)
        included = {document.table for document in result.documents}
        return explain_ranking(
            question, loaded_map, await self._find_passages(question, loaded_map, access), values, included
        )

    async def document(
        self, table: str, connection: str, access: Access | None = None
    ) -> TableDocument | None:
        """Return the document of one table, named as in a query; None if it is not visible."""
        schema = await self.schema(connection, access)
        entry = schema.catalog.table(table)
        return write_table_document(entry, schema) if entry else None

    async def _restricted_map(
        self, connection: str, access: Access | None, cache: RequestCache | None = None
    ) -> LoadedMap:
        """Return the map restricted to an access; users of the same role share one."""
        cache = cache or RequestCache()
        whole = await cache.get((self, connection), lambda: self._current_map(connection, cache))
        if access is None:
            return whole
        key = (connection, access.role)
        restricted = self._restricted.get(key)
        if restricted is None or restricted.head != whole.head:
            restricted = await asyncio.to_thread(restrict_map, whole, access, self._embedder_of(whole))
            self._restricted[key] = restricted
            _evict(self._restricted)
        self._restricted.move_to_end(key)
        return restricted

    def _embedder_of(self, loaded_map: LoadedMap) -> Embedder | None:
        return self._embedders.get(loaded_map.head.embedder)

    async def _current_map(self, connection: str, cache: RequestCache) -> LoadedMap:
        head = await self._store.head(connection, cache)
        if head is not None:
            self._heads[connection] = head
        if head is None:
            self._loaded.pop(connection, None)
            raise NotMapped(connection)
        loaded_map = self._loaded.get(connection)
        if loaded_map is None or loaded_map.head != head:
            loaded_map = await self._reload(connection, head)
        elif len(self._loaded) > 1:
            self._loaded.move_to_end(connection)
        return loaded_map

    async def _reload(self, connection: str, head: MapHead) -> LoadedMap:
        """Load a map again, once for all concurrent callers."""
        async with self._loading:
            loaded_map = self._loaded.get(connection)
            if loaded_map is None or loaded_map.head != head:
                loaded_map = await self._load(connection, head)
                self._loaded[connection] = loaded_map
                _evict(self._loaded)
                logger.info("map loaded", extra={"connection": connection, "version": head.version})
            return loaded_map

    async def _load(self, connection: str, head: MapHead) -> LoadedMap:
        text = await self._store.body(head)
        if text is None:
            raise NotMapped(connection)
        size = await self._store.size(head.connection_id)
        few_values, few_passages = (
            size.values <= MAX_VALUES_IN_MEMORY,
            size.passages <= MAX_PASSAGES_IN_MEMORY,
        )
        values = await self._store.values(head.connection_id) if few_values and head.share_values else None
        if not head.share_values:
            # Values stored earlier are deleted by the next sync; until then they are ignored.
            values = []
        vectors = await self._store.vectors(head.connection_id) if few_passages else None

        def build() -> LoadedMap:
            body = parse_body(text)
            schema = SchemaMap(
                connection,
                head.version,
                body.catalog,
                body.notes,
                body.profiles,
                body.terms,
                body.inferred_keys,
            )
            redacted = redact(replace(schema, share_values=head.share_values))
            return load_map(head, redacted, values, vectors, self._build_semantic_index(redacted, values))

        return await asyncio.to_thread(build)

    def _build_semantic_index(
        self, schema: SchemaMap, values: Sequence[ValueRow] | None
    ) -> SemanticValueIndex | None:
        """Embed short values, if there is an embedder fast enough to do it while loading."""
        embedder = next((candidate for candidate in self._embedders.values() if candidate.instant), None)
        candidates = frequent_values(schema) if values is None else values
        return build_semantic_index(candidates, embedder) if embedder else None

    async def _find_values(
        self, question: str, loaded_map: LoadedMap, access: Access | None
    ) -> tuple[ValueMatch, ...]:
        if loaded_map.values is not None:
            return loaded_map.find_values(question)
        probes = build_probes(question, loaded_map.head.connection_id)
        factor = 1 if access is None else _OVERFETCH_FACTOR
        rows = await self._store.search_values(
            loaded_map.head.connection_id, probes.plain, probes.keys, MAX_SIMILAR_VALUES * factor
        )
        if access is not None:
            whole = await self.schema(loaded_map.schema.connection)
            rows = visible_values(rows, whole, access)
        return loaded_map.find_values(question, rows)

    async def _find_examples(
        self, lookup: ExampleLookup, loaded_map: LoadedMap, access: Access | None
    ) -> tuple[ExampleMatch, ...]:
        name = loaded_map.schema.connection
        head, whole = self._heads.get(name), self._loaded.get(name)
        if self._example_cache is None or head is None or whole is None or not head.example_revision:
            return ()
        view = AccessView(whole.schema.catalog, loaded_map.schema.catalog, access)
        return await self._example_cache.find(lookup, head, view, self._embedder_of(loaded_map))

    async def _find_passages(
        self, question: str, loaded_map: LoadedMap, access: Access | None
    ) -> list[PassageMatch]:
        embedder = self._embedder_of(loaded_map)
        if embedder is None:
            return []
        try:
            vector = await _embed(loaded_map.correct_spelling(question), embedder)
        except EmbedderUnavailable as error:
            logger.warning("question searched without vectors", extra={"reason": str(error)})
            return []
        if loaded_map.vector_index is not None:
            return loaded_map.vector_index.find(vector, MAX_NEAREST_TABLES, MAX_NEAREST_COLUMNS)
        factor = 1 if access is None else _OVERFETCH_FACTOR
        passages = await self._quantized.find(
            loaded_map.head, vector, MAX_NEAREST_TABLES * factor, MAX_NEAREST_COLUMNS * factor
        )
        return passages if access is None else visible_passages(passages, loaded_map)


def _evict(maps: OrderedDict[Key, LoadedMap]) -> None:
    """Drop least recently used maps until the rest fits; the last one always stays."""
    while (
        len(maps) > 1
        and sum(len(cached.widths) + sum(cached.widths) for cached in maps.values()) > MAX_CACHED_PASSAGES
    ):
        maps.popitem(last=False)


async def _embed(question: str, embedder: Embedder) -> Vectors:
    """Embed a question; slow embedders run in a thread so that the event loop stays responsive."""
    if embedder.instant:
        return embed_question(question, embedder)
    return await asyncio.to_thread(embed_question, question, embedder)
