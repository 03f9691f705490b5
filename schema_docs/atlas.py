"""One version of a map, with what a search of it needs made ready."""

from collections.abc import Sequence
from dataclasses import dataclass

from schema_docs.found import Page
from schema_docs.hints import Hints
from schema_docs.nearby import Nearby
from schema_docs.pages import count_tokens, is_cut, write_outline, write_page
from schema_docs.passages import find_neighbours, write_document
from schema_docs.ranking import Edges, LexicalIndex, edges_between
from schema_docs.schema_map import SchemaMap
from schema_docs.values import ValueIndex
from store.map_records import KeptVectors, MapHead


@dataclass(frozen=True)
class Atlas:
    """A map open on the table; lists have one item for each table, in the catalog's order.

    `values` and `nearby` are None where there are too many to hold in memory. `tokens` is what all pages take
    together, `cut` tells which pages could not show all of their table.
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


def open_atlas(
    head: MapHead,
    schema: SchemaMap,
    values: Sequence[tuple[str, str, str]] | None = None,
    vectors: KeptVectors | None = None,
) -> Atlas:
    """Make everything ready at once, so that no question has to wait for it."""
    tables = schema.catalog.tables
    pages = [write_page(table, schema) for table in tables]
    neighbours = find_neighbours(schema)
    return Atlas(
        head=head,
        schema=schema,
        values=None if values is None else ValueIndex(values),
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
    )
