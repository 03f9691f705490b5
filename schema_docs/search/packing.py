"""Assembly of search results: packs table documents into the token budget."""

from collections.abc import Collection, Mapping, Sequence

from schema_docs.documents.table_document import (
    MAX_DOCUMENT_TOKENS,
    MAX_OUTLINE_TOKENS,
    count_tokens,
    write_table_document,
    write_table_outline,
)
from schema_docs.loaded_map import LoadedMap
from schema_docs.notes.glossary import find_terms
from schema_docs.search.explain import explain_tables
from schema_docs.search.join_graph import find_joins
from schema_docs.search.results import SearchResult, TableDocument, ValueMatch
from schema_docs.search.table_selection import rank_tables, relevant_columns, select_tables
from store.maps.records import PassageMatch

# A smaller outline is hardly more than a name.
_MIN_OUTLINE_TOKENS = 20


def pack_documents(
    loaded_map: LoadedMap, ranked: Sequence[int], budget_tokens: int, columns: Mapping[int, Collection[str]]
) -> list[TableDocument]:
    """Pack as many ranked tables as fit, first as outlines; then upgrade the best to full documents.

    A missing table makes a question impossible, a missing detail only harder. `columns` holds the relevant
    columns by table number.
    """
    documents: dict[int, TableDocument] = {}
    remaining = budget_tokens
    for number in ranked:
        outline = _pick_outline(loaded_map, number, remaining, columns.get(number, ()))
        size = count_tokens(outline.text)
        if size <= remaining:
            documents[number] = outline
            remaining -= size
    for number, outline in documents.items():
        outline_size = count_tokens(outline.text)
        document = _pick_document(loaded_map, number, remaining + outline_size, columns.get(number, ()))
        size = count_tokens(document.text)
        if outline_size < size <= remaining + outline_size:
            documents[number] = document
            remaining -= size - outline_size
    return list(documents.values())


def _pick_outline(loaded_map: LoadedMap, number: int, budget: int, columns: Collection[str]) -> TableDocument:
    """Return the prepared outline, or one of only the relevant columns if that is too long."""
    prepared = loaded_map.outlines[number]
    if count_tokens(prepared.text) <= min(budget, MAX_OUTLINE_TOKENS) or budget < _MIN_OUTLINE_TOKENS:
        return prepared
    return write_table_outline(
        loaded_map.schema.catalog.tables[number], loaded_map.schema, min(budget, MAX_OUTLINE_TOKENS), columns
    )


def _pick_document(
    loaded_map: LoadedMap, number: int, budget: int, columns: Collection[str]
) -> TableDocument:
    """Return the prepared document, or a new one if columns that may matter were left out of it."""
    prepared = loaded_map.documents[number]
    if not loaded_map.truncated[number]:
        return prepared
    table = loaded_map.schema.catalog.tables[number]
    return write_table_document(table, loaded_map.schema, min(budget, MAX_DOCUMENT_TOKENS), columns)


def assemble_all(question: str, loaded_map: LoadedMap, values: tuple[ValueMatch, ...]) -> SearchResult:
    """Return a search result with every table."""
    return _assemble(
        question, loaded_map, loaded_map.documents, values, (f"All {len(loaded_map.documents)} tables fit.",)
    )


def assemble_relevant(
    question: str,
    loaded_map: LoadedMap,
    passages: Sequence[PassageMatch],
    values: tuple[ValueMatch, ...],
    budget_tokens: int,
) -> SearchResult:
    """Return a search result with the tables a question needs, within the budget."""
    selected = select_tables(rank_tables(question, loaded_map, passages, values), loaded_map)
    documents = pack_documents(
        loaded_map, selected, budget_tokens, relevant_columns(loaded_map, passages, values)
    )
    reasons = explain_tables(
        question, loaded_map, [loaded_map.numbers[document.table] for document in documents], values
    )
    return _assemble(question, loaded_map, documents, values, reasons)


def _assemble(
    question: str,
    loaded_map: LoadedMap,
    documents: Sequence[TableDocument],
    values: tuple[ValueMatch, ...],
    reasons: tuple[str, ...],
) -> SearchResult:
    joins = find_joins(
        [document.table for document in documents], loaded_map.schema.catalog, loaded_map.schema.inferred_keys
    )
    tokens = sum(count_tokens(document.text) for document in documents)
    terms = find_terms(question, loaded_map.schema.terms)
    coded = loaded_map.coded_values.find(question, values)
    return SearchResult(
        loaded_map.head.version, tuple(documents), (*values, *coded), joins, reasons, tokens, terms
    )
