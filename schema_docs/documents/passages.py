"""Passages of a schema map: the units of search, one for each table and one for each column."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schema_docs.schema_map import Note, SchemaMap
from schema_docs.text.tokenize import split_identifier, stem, to_words
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


def weigh_stems(table: Table, schema: SchemaMap) -> Mapping[str, float]:
    """Return the weighted word stems of a table, as its document for full-text search."""
    document: defaultdict[str, float] = defaultdict(float)
    note = schema.note(table.full_name)
    for name in (table.name, note.label or "", *note.synonyms):
        _add_stems(document, name, _NAME_WEIGHT)
    _add_stems(document, note.description or table.comment or "", 1.0)
    for term in schema.terms_of(table.full_name):
        for name in (term.name, *term.synonyms):
            _add_stems(document, name, 1.0)
    for column in table.columns:
        column_note = schema.note(table.full_name, column.name)
        for text in (
            column.name,
            column_note.label or "",
            *column_note.synonyms,
            column_note.description or column.comment or "",
        ):
            _add_stems(document, text, 1.0)
    return document


def _add_stems(document: defaultdict[str, float], text: str, weight: float) -> None:
    for word in split_identifier(text):
        document[stem(word)] += weight


def find_neighbours(schema: SchemaMap) -> list[list[int]]:
    """Return, for each table by number, the tables joined to it by a foreign key, declared or inferred."""
    catalog = schema.catalog
    numbers = {table.full_name: number for number, table in enumerate(catalog)}
    neighbours: list[set[int]] = [set() for _ in catalog.tables]
    for number, table in enumerate(catalog):
        for key in (*table.foreign_keys, *schema.inferred_keys.get(table.full_name, ())):
            target = numbers.get(key.referenced_table)
            if target is not None and target != number:
                neighbours[number].add(target)
                neighbours[target].add(number)
    return [sorted(numbers) for numbers in neighbours]
