"""The map read: all of it, or what one question needs."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from schema_docs.access_filter import near_in_sight, restrict, values_in_sight
from schema_docs.documents.table_document import write_page
from schema_docs.embedding.embedder import Embedder, Vectors
from schema_docs.errors import EmbedderUnavailable, NotMapped
from schema_docs.examples.index import Asked, Cabinet, Sight
from schema_docs.loaded_map import Atlas, open_atlas
from schema_docs.privacy import keep_back
from schema_docs.schema_map import SchemaMap
from schema_docs.search.explain import Told, tell
from schema_docs.search.packing import show_all, show_best
from schema_docs.search.quantized_index import Sieves
from schema_docs.search.ranking import COLUMNS_NEAR, TABLES_NEAR
from schema_docs.search.results import Found, FoundExample, FoundValue, Page
from schema_docs.search.vector_index import embed_question
from schema_docs.serialization import read_body
from schema_docs.values.ngrams import probes_of
from schema_docs.values.semantic import Meanings, Stored, frequent_values, learn
from store.access.roles import Access, Role
from store.examples import Examples
from store.maps.maps import MapStore
from store.maps.records import MapHead, Near
from store.request_cache import once

logger = logging.getLogger(__name__)

Key = TypeVar("Key")

# Beyond these, values are looked up in the store, and passages sifted. In memory 20,000 values take 15 MB and
# 20,000 passages 20 MB; a search among 5,000 passages takes 1 ms there, and 7 ms by way of the store.
VALUES_IN_MEMORY = 20_000
PASSAGES_IN_MEMORY = 20_000
# Passages of all maps held open at a time, about 2 KB each: 200 maps of a hundred tables have room. To open
# such a map takes 30 ms of work, to search it 2.
MOST_OPEN = 300_000
# What a prompt can spare for a map.
BUDGET_TOKENS = 1_500
MOST_VALUES_LIKE = 40
# Of what the store finds, some may be hidden from the asker.
_MORE = 4


class Library:
    """Finds what a question needs. A map in use is held open until a newer version is in force.

    A map whose vectors none of the embedders made is searched by words and values until it is synced.
    """

    def __init__(self, store: MapStore, *embedders: Embedder, examples: Examples | None = None) -> None:
        self._store = store
        self._sieves = Sieves(store)
        self._cabinet = Cabinet(examples) if examples else None
        self._embedders = {embedder.name: embedder for embedder in embedders}
        self._open: OrderedDict[str, Atlas] = OrderedDict()
        self._restricted: OrderedDict[tuple[str, Role], Atlas] = OrderedDict()
        self._heads: dict[str, MapHead] = {}
        self._opening = asyncio.Lock()

    async def schema(self, connection: str, access: Access | None = None) -> SchemaMap:
        """Give the map in force of the connection of this name, as far as this access shows it.

        Raises `NotMapped`, `StoreUnavailable`.
        """
        return (await self._seen(connection, access)).schema

    async def find(
        self, question: str, connection: str, budget_tokens: int = BUDGET_TOKENS, access: Access | None = None
    ) -> Found:
        """Give pages within the budget, values and joins for a question. Raises as `schema`."""
        atlas = await self._seen(connection, access)
        values = await self._find_values(question, atlas, access)
        if atlas.tokens <= budget_tokens:
            found = show_all(question, atlas, values)
        else:
            near = await self._find_near(question, atlas, access)
            found = show_best(question, atlas, near, values, budget_tokens)
        return replace(found, examples=await self._examples(Asked(question, values), atlas, access))

    async def examples(
        self, question: str, connection: str, sql: str | None = None, access: Access | None = None
    ) -> tuple[FoundExample, ...]:
        """Give proven examples of this form, of such a query too if one is given. Raises as `schema`."""
        atlas = await self._seen(connection, access)
        values = await self._find_values(question, atlas, access)
        return await self._examples(Asked(question, values, sql), atlas, access)

    async def tell(
        self, question: str, connection: str, budget_tokens: int = BUDGET_TOKENS, access: Access | None = None
    ) -> tuple[Told, ...]:
        """Tell how the tables were ranked for a question, also where all of them fit. Raises as `schema`."""
        atlas = await self._seen(connection, access)
        values = await self._find_values(question, atlas, access)
        found = await self.find(question, connection, budget_tokens, access)
        shown = {page.table for page in found.pages}
        return tell(question, atlas, await self._find_near(question, atlas, access), values, shown)

    async def page(self, table: str, connection: str, access: Access | None = None) -> Page | None:
        """Give the page of one table, named as in a query; None where there is none to be seen."""
        schema = await self.schema(connection, access)
        found = schema.catalog.table(table)
        return write_page(found, schema) if found else None

    async def _seen(self, connection: str, access: Access | None) -> Atlas:
        """Give the map as somebody may see it; all who have a role see the same."""
        whole = await once(self._atlas, connection)
        if access is None:
            return whole
        key = (connection, access.role)
        kept = self._restricted.get(key)
        if kept is None or kept.head != whole.head:
            kept = await asyncio.to_thread(restrict, whole, access, self._embedder_of(whole))
            self._restricted[key] = kept
            _close_some(self._restricted)
        self._restricted.move_to_end(key)
        return kept

    def _embedder_of(self, atlas: Atlas) -> Embedder | None:
        return self._embedders.get(atlas.head.embedder)

    async def _atlas(self, connection: str) -> Atlas:
        head = await self._store.head(connection)
        if head is not None:
            self._heads[connection] = head
        if head is None:
            self._open.pop(connection, None)
            raise NotMapped(connection)
        atlas = self._open.get(connection)
        if atlas is None or atlas.head != head:
            atlas = await self._reopen(connection, head)
        elif len(self._open) > 1:
            self._open.move_to_end(connection)
        return atlas

    async def _reopen(self, connection: str, head: MapHead) -> Atlas:
        """Read the map again, once for all who wait for it."""
        async with self._opening:
            atlas = self._open.get(connection)
            if atlas is None or atlas.head != head:
                atlas = await self._read(connection, head)
                self._open[connection] = atlas
                _close_some(self._open)
                logger.info("map opened", extra={"connection": connection, "version": head.version})
            return atlas

    async def _read(self, connection: str, head: MapHead) -> Atlas:
        text = await self._store.body(head)
        if text is None:
            raise NotMapped(connection)
        size = await self._store.size(head.connection_id)
        few_values, few_passages = size.values <= VALUES_IN_MEMORY, size.passages <= PASSAGES_IN_MEMORY
        values = await self._store.values(head.connection_id) if few_values and head.tells_values else None
        if not head.tells_values:
            # Those from before are let go by the next sync; until then nobody looks at them.
            values = []
        vectors = await self._store.vectors(head.connection_id) if few_passages else None

        def unfold() -> Atlas:
            body = read_body(text)
            schema = SchemaMap(
                connection, head.version, body.catalog, body.notes, body.profiles, body.terms, body.guesses
            )
            told = keep_back(replace(schema, tells_values=head.tells_values))
            return open_atlas(head, told, values, vectors, self._learn(told, values))

        return await asyncio.to_thread(unfold)

    def _learn(self, schema: SchemaMap, values: Sequence[Stored] | None) -> Meanings | None:
        """Make the vectors of short values, with an embedder that does it at once, if there is one."""
        instant = next((each for each in self._embedders.values() if each.instant), None)
        short = frequent_values(schema) if values is None else values
        return learn(short, instant) if instant else None

    async def _find_values(
        self, question: str, atlas: Atlas, access: Access | None
    ) -> tuple[FoundValue, ...]:
        if atlas.values is not None:
            return atlas.name_values(question)
        probes = probes_of(question, atlas.head.connection_id)
        more = 1 if access is None else _MORE
        found = await self._store.values_like(
            atlas.head.connection_id, probes.plain, probes.keys, MOST_VALUES_LIKE * more
        )
        if access is not None:
            whole = await self.schema(atlas.schema.connection)
            found = values_in_sight(found, whole, access)
        return atlas.name_values(question, found)

    async def _examples(self, asked: Asked, atlas: Atlas, access: Access | None) -> tuple[FoundExample, ...]:
        name = atlas.schema.connection
        head, whole = self._heads.get(name), self._open.get(name)
        if self._cabinet is None or head is None or whole is None or not head.examples:
            return ()
        sight = Sight(whole.schema.catalog, atlas.schema.catalog, access)
        return await self._cabinet.find(asked, head, sight, self._embedder_of(atlas))

    async def _find_near(self, question: str, atlas: Atlas, access: Access | None) -> list[Near]:
        embedder = self._embedder_of(atlas)
        if embedder is None:
            return []
        try:
            vector = await _vector_of(atlas.spell(question), embedder)
        except EmbedderUnavailable as error:
            logger.warning("a question is looked up without vectors", extra={"reason": str(error)})
            return []
        if atlas.nearby is not None:
            return atlas.nearby.find(vector, TABLES_NEAR, COLUMNS_NEAR)
        more = 1 if access is None else _MORE
        near = await self._sieves.find(atlas.head, vector, TABLES_NEAR * more, COLUMNS_NEAR * more)
        return near if access is None else near_in_sight(near, atlas)


def _close_some(kept: OrderedDict[Key, Atlas]) -> None:
    """Close the maps not asked for longest, while all together are too large; the last one stays."""
    while len(kept) > 1 and sum(len(each.widths) + sum(each.widths) for each in kept.values()) > MOST_OPEN:
        kept.popitem(last=False)


async def _vector_of(question: str, embedder: Embedder) -> Vectors:
    """Embed a question; what takes longer than a thread would must not hold up everybody else."""
    if embedder.instant:
        return embed_question(question, embedder)
    return await asyncio.to_thread(embed_question, question, embedder)
