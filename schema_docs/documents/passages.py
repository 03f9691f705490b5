"""Passages of a schema map: the units of search, one for each table and one for each column."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schema_docs.schema_map import Note, SchemaMap
from schema_docs.text.identifiers import IdentifierSplitter, lemmatize, to_words
from store.catalog import Column, Table

# A long description would dominate the mean of word vectors; its first words say what it is.
_MAX_DESCRIPTION_LENGTH = 200
# A table's own name is more telling than the name of one of its columns.
_NAME_WEIGHT = 3.0


@dataclass(frozen=True, slots=True)
class Passage:
    """Searchable text of a table, or of one of its columns."""

    table: str
    column: str | None
    text: str


def write_passages(schema: SchemaMap) -> Iterator[Passage]:
    """Write every passage of a map, tables before their columns, in catalog order."""
    for table in schema.catalog:
        yield Passage(table.full_name, None, _write_table(table, schema))
        for column in table.columns:
            yield Passage(table.full_name, column.name, _write_column(table, column, schema))


def _write_table(table: Table, schema: SchemaMap) -> str:
    names = ", ".join(to_words(column.name) for column in table.columns)
    return f"{_write_names(table.name, schema.note(table.full_name), table.comment)}: {names}"


def _write_column(table: Table, column: Column, schema: SchemaMap) -> str:
    note = schema.note(table.full_name, column.name)
    return f"{to_words(table.name)} {_write_names(column.name, note, column.comment)}"


def _write_names(name: str, note: Note, comment: str | None) -> str:
    parts = [
        to_words(name),
        note.label,
        *note.synonyms,
        (note.description or comment or "")[:_MAX_DESCRIPTION_LENGTH],
    ]
    return " ".join(dict.fromkeys(part for part in parts if part))


def weigh_lemmas(table: Table, schema: SchemaMap, splitter: IdentifierSplitter) -> Mapping[str, float]:
    """Return the weighted lemmas of a table, as its document for full-text search.

    Names of tables and columns count as written and as expanded: `custid` also as customer and id.
    """
    document: defaultdict[str, float] = defaultdict(float)
    note = schema.note(table.full_name)
    _add_name(document, table.name, splitter, _NAME_WEIGHT)
    for name in (note.label or "", *note.synonyms):
        _add_lemmas(document, name, _NAME_WEIGHT)
    _add_lemmas(document, note.description or table.comment or "", 1.0)
    for term in schema.terms_of(table.full_name):
        for name in (term.name, *term.synonyms):
            _add_lemmas(document, name, 1.0)
    for column in table.columns:
        column_note = schema.note(table.full_name, column.name)
        _add_name(document, column.name, splitter, 1.0)
        for text in (
            column_note.label or "",
            *column_note.synonyms,
            column_note.description or column.comment or "",
        ):
            _add_lemmas(document, text, 1.0)
    return document


def _add_lemmas(document: defaultdict[str, float], text: str, weight: float) -> None:
    for word in lemmatize(text):
        document[word] += weight


def _add_name(
    document: defaultdict[str, float], name: str, splitter: IdentifierSplitter, weight: float
) -> None:
    for word in dict.fromkeys((*lemmatize(name), *splitter.words(name))):
        document[word] += weight
