"""Loaded schema map: one version in memory, with its search indexes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schema_docs.documents.passages import weigh_lemmas
from schema_docs.documents.table_document import (
    count_tokens,
    is_truncated,
    write_table_document,
    write_table_outline,
)
from schema_docs.schema_map import SchemaMap
from schema_docs.search.join_graph import JoinGraph
from schema_docs.search.ranking import Edges, LexicalIndex, build_edges
from schema_docs.search.results import TableDocument, ValueMatch
from schema_docs.search.vector_index import VectorIndex
from schema_docs.text.identifiers import IdentifierSplitter, lemmatize
from schema_docs.text.tokenizer import content_words
from schema_docs.values.coded import CodedValueIndex
from schema_docs.values.index import ValueIndex, match_values
from schema_docs.values.semantic import SemanticValueIndex, ValueRow
from store.maps.records import MapHead, PassageVectors


@dataclass(frozen=True)
class LoadedMap:
    """A schema map with its search indexes; lists have one item per table, in catalog order.

    `values` and `vector_index` are None if there are too many to hold in memory. `tokens` is the size of all
    documents together, `names` are lemmas of the words in table and column names, `truncated` marks documents
    that omit columns. `semantic_values` is None without a fast embedder.
    """

    head: MapHead
    schema: SchemaMap
    values: ValueIndex | None
    vector_index: VectorIndex | None
    numbers: dict[str, int]
    widths: list[int]
    graph: JoinGraph
    neighbours: list[list[int]]
    edges: Edges
    documents: list[TableDocument]
    truncated: list[bool]
    outlines: list[TableDocument]
    tokens: int
    lexical: LexicalIndex
    coded_values: CodedValueIndex
    names: frozenset[str]
    semantic_values: SemanticValueIndex | None

    def correct_spelling(self, question: str) -> str:
        """Return the content words of a question, with misspelled table and column names corrected."""
        return " ".join(self.lexical.correct(content_words(question)))

    def find_values(self, question: str, stored: Sequence[ValueRow] | None = None) -> tuple[ValueMatch, ...]:
        """Return the stored values a question mentions, best first: by its words, then by meaning.

        `stored` are candidates from the store, for a map with too many values to hold in memory.
        """
        index = self.values if stored is None else ValueIndex(stored, self.names)
        matches = match_values(question, index or ())
        return (
            *matches,
            *(self.semantic_values.find(question, matches, self.names) if self.semantic_values else ()),
        )


def load_map(
    head: MapHead,
    schema: SchemaMap,
    values: Sequence[ValueRow] | None = None,
    vectors: PassageVectors | None = None,
    semantic_values: SemanticValueIndex | None = None,
) -> LoadedMap:
    """Build every index up front, so that no question waits for one."""
    tables = schema.catalog.tables
    documents = [write_table_document(table, schema) for table in tables]
    numbers = {table.full_name: number for number, table in enumerate(tables)}
    graph = JoinGraph(schema.catalog, schema.inferred_keys)
    neighbours = [sorted(numbers[name] for name in graph.neighbours(table.full_name)) for table in tables]
    splitter = IdentifierSplitter(_iterate_names(schema))
    names = frozenset(word for name in _iterate_names(schema) for word in lemmatize(name))
    return LoadedMap(
        head=head,
        schema=schema,
        values=None if values is None else ValueIndex(values, names),
        vector_index=None if vectors is None else VectorIndex(vectors.elements, vectors.vectors),
        numbers=numbers,
        widths=[len(table.columns) for table in tables],
        graph=graph,
        neighbours=neighbours,
        edges=build_edges(neighbours),
        documents=documents,
        truncated=[is_truncated(document) for document in documents],
        outlines=[write_table_outline(table, schema) for table in tables],
        tokens=sum(count_tokens(document.text) for document in documents),
        lexical=LexicalIndex([weigh_lemmas(table, schema, splitter) for table in tables]),
        coded_values=CodedValueIndex(schema),
        names=names,
        semantic_values=semantic_values,
    )


def _iterate_names(schema: SchemaMap) -> Iterator[str]:
    for table in schema.catalog:
        yield table.name
        yield from (column.name for column in table.columns)
