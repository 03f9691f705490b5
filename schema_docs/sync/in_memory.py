"""A map that is drawn and searched, and never kept: for looking at a database once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from schema_docs.access_filter import restrict
from schema_docs.documents.passages import write_passages
from schema_docs.embedding.embedder import Embedder
from schema_docs.loaded_map import Atlas, open_atlas
from schema_docs.notes.files import NotesFile
from schema_docs.privacy import keep_back
from schema_docs.scan.scanner import look_at
from schema_docs.schema_map import SchemaMap
from schema_docs.search.packing import show_all, show_best
from schema_docs.search.ranking import COLUMNS_NEAR, TABLES_NEAR
from schema_docs.search.results import Found
from schema_docs.search.vector_index import embed_question
from schema_docs.sync.sync import keep_silent
from schema_docs.values.semantic import learn
from store.access.roles import Access
from store.maps.records import KeptVectors, MapHead, Near, Place
from store.progress import Progress
from store.targets.target import Target

_NOBODYS = MapHead(UUID(int=0), 1)
BUDGET_TOKENS = 1_500


@dataclass(frozen=True)
class UnkeptMap:
    """One map in memory, which answers for whatever connection it is asked about."""

    atlas: Atlas
    embedder: Embedder

    async def schema(self, connection: str, access: Access | None = None) -> SchemaMap:
        """Give all that is known, as far as this access shows it."""
        return self._seen(access).atlas.schema

    async def find(
        self, question: str, connection: str, budget_tokens: int = BUDGET_TOKENS, access: Access | None = None
    ) -> Found:
        """Give pages within the budget, values and joins for a question."""
        return self._seen(access).show(question, budget_tokens)

    def show(self, question: str, budget_tokens: int = BUDGET_TOKENS) -> Found:
        """Show what a kept map would."""
        values = self.atlas.name_values(question)
        if self.atlas.tokens <= budget_tokens:
            return show_all(question, self.atlas, values)
        return show_best(question, self.atlas, self.near(question), values, budget_tokens)

    def near(self, question: str) -> list[Near]:
        """Give the nearest passages, as many as are looked at for a kept map."""
        assert self.atlas.nearby is not None
        vector = embed_question(self.atlas.spell(question), self.embedder)
        return self.atlas.nearby.find(vector, TABLES_NEAR, COLUMNS_NEAR)

    def _seen(self, access: Access | None) -> "UnkeptMap":
        return (
            self if access is None else UnkeptMap(restrict(self.atlas, access, self.embedder), self.embedder)
        )


async def draw_unkept(
    name: str,
    target: Target,
    embedder: Embedder,
    *,
    notes: Sequence[NotesFile] = (),
    progress: Progress = keep_silent,
) -> UnkeptMap:
    """Look at a target and make its map ready. Raises `TargetUnavailable`."""
    found = await look_at(target, notes, progress)
    whole = SchemaMap(
        name, 1, found.catalog, found.notes.notes, found.profiles, found.notes.terms, found.guesses
    )
    values = [
        (place.table, place.column or "", value) for place, many in found.values.items() for value in many
    ]
    return open_unkept(keep_back(whole), embedder, values)


def open_unkept(
    schema: SchemaMap, embedder: Embedder, values: Sequence[tuple[str, str, str]] = ()
) -> UnkeptMap:
    """Make a map ready that was read elsewhere."""
    passages = list(write_passages(schema))
    places = [Place(passage.table, passage.column) for passage in passages]
    vectors = KeptVectors(places, embedder.embed([passage.text for passage in passages]))
    meanings = learn(values, embedder) if embedder.instant else None
    return UnkeptMap(open_atlas(_NOBODYS, schema, values, vectors, meanings), embedder)
