"""One version of a map, with what a search of it needs made ready."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schema_docs.documents.passages import find_neighbours, write_document
from schema_docs.documents.table_document import count_tokens, is_cut, write_outline, write_page
from schema_docs.schema_map import SchemaMap
from schema_docs.search.ranking import Edges, LexicalIndex, edges_between
from schema_docs.search.results import FoundValue, Page
from schema_docs.search.vector_index import Nearby
from schema_docs.text.tokenize import content_words, split_name, stem
from schema_docs.values.coded import Hints
from schema_docs.values.index import ValueIndex, match_values
from schema_docs.values.semantic import Meanings, Stored
from store.maps.records import KeptVectors, MapHead


@dataclass(frozen=True)
class Atlas:
    """A map open on the table; lists have one item for each table, in the catalog's order.

    `values` and `nearby` are None where there are too many to hold in memory. `tokens` is what all pages take
    together, `names` are stems of the words in names, `cut` tells which pages could not show all of their
    table. `meanings` is None where no embedder is quick enough.
    """

    head: MapHead
    schema: SchemaMap
    values: ValueIndex | None
    nearby: Nearby | None
    numbers: dict[str, int]
    widths: list[int]
    neighbours: list[list[int]]
    edges: Edges
    pages: list[Page]
    cut: list[bool]
    outlines: list[Page]
    tokens: int
    lexical: LexicalIndex
    hints: Hints
    names: frozenset[str]
    meanings: Meanings | None

    def spell(self, question: str) -> str:
        """Give what the question is about, with the names of tables and columns in it spelt right."""
        return " ".join(self.lexical.respell(content_words(question)))

    def name_values(self, question: str, stored: Sequence[Stored] | None = None) -> tuple[FoundValue, ...]:
        """Name the stored values a question speaks of, best first: by its words, then by what they mean.

        `stored` are those that may be, where there are too many to hold in memory.
        """
        index = self.values if stored is None else ValueIndex(stored, self.names)
        found = match_values(question, index or ())
        return (*found, *(self.meanings.find(question, found, self.names) if self.meanings else ()))


def open_atlas(
    head: MapHead,
    schema: SchemaMap,
    values: Sequence[Stored] | None = None,
    vectors: KeptVectors | None = None,
    meanings: Meanings | None = None,
) -> Atlas:
    """Make everything ready at once, so that no question has to wait for it."""
    tables = schema.catalog.tables
    pages = [write_page(table, schema) for table in tables]
    neighbours = find_neighbours(schema)
    names = frozenset(_stems_of_names(schema))
    return Atlas(
        head=head,
        schema=schema,
        values=None if values is None else ValueIndex(values, names),
        nearby=None if vectors is None else Nearby(vectors.places, vectors.vectors),
        numbers={table.full_name: number for number, table in enumerate(tables)},
        widths=[len(table.columns) for table in tables],
        neighbours=neighbours,
        edges=edges_between(neighbours),
        pages=pages,
        cut=[is_cut(page) for page in pages],
        outlines=[write_outline(table, schema) for table in tables],
        tokens=sum(count_tokens(page.text) for page in pages),
        lexical=LexicalIndex([write_document(table, schema) for table in tables]),
        hints=Hints(schema),
        names=names,
        meanings=meanings,
    )


def _stems_of_names(schema: SchemaMap) -> Iterator[str]:
    for table in schema.catalog:
        for name in (table.name, *(column.name for column in table.columns)):
            yield from map(stem, split_name(name))
