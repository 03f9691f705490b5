"""The pieces of a map that are searched: one passage for each table, one for each of its columns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schema_docs.schema_map import Note, SchemaMap
from schema_docs.text.tokenize import in_words, split_name, stem
from store.catalog import Column, Table

# A long description drowns the names in a mean of word vectors; its first words say what it is.
_DESCRIPTION_LETTERS = 200
# A table's own name says more of it than the name of one of its columns.
_NAME_WEIGHT = 3.0


@dataclass(frozen=True, slots=True)
class Passage:
    """What is searched for a table, or for one of its columns."""

    table: str
    column: str | None
    text: str


def write_passages(schema: SchemaMap) -> Iterator[Passage]:
    """Write every passage of the map, tables before their columns, in the catalog's order."""
    for table in schema.catalog:
        yield Passage(table.full_name, None, _of_table(table, schema))
        for column in table.columns:
            yield Passage(table.full_name, column.name, _of_column(table, column, schema))


def _of_table(table: Table, schema: SchemaMap) -> str:
    names = ", ".join(in_words(column.name) for column in table.columns)
    return f"{_spoken(table.name, schema.note(table.full_name), table.comment)}: {names}"


def _of_column(table: Table, column: Column, schema: SchemaMap) -> str:
    note = schema.note(table.full_name, column.name)
    return f"{in_words(table.name)} {_spoken(column.name, note, column.comment)}"


def _spoken(name: str, note: Note, comment: str | None) -> str:
    parts = [
        in_words(name),
        note.label,
        *note.synonyms,
        (note.description or comment or "")[:_DESCRIPTION_LETTERS],
    ]
    return " ".join(dict.fromkeys(part for part in parts if part))


def write_document(table: Table, schema: SchemaMap) -> Mapping[str, float]:
    """Weigh the words of a table for full text; words come as stems."""
    document: defaultdict[str, float] = defaultdict(float)
    note = schema.note(table.full_name)
    for name in (table.name, note.label or "", *note.synonyms):
        _add(document, name, _NAME_WEIGHT)
    _add(document, note.description or table.comment or "", 1.0)
    for term in schema.terms_of(table.full_name):
        for name in (term.name, *term.synonyms):
            _add(document, name, 1.0)
    for column in table.columns:
        about = schema.note(table.full_name, column.name)
        for text in (
            column.name,
            about.label or "",
            *about.synonyms,
            about.description or column.comment or "",
        ):
            _add(document, text, 1.0)
    return document


def _add(document: defaultdict[str, float], text: str, weight: float) -> None:
    for word in split_name(text):
        document[stem(word)] += weight


def find_neighbours(schema: SchemaMap) -> list[list[int]]:
    """Name, for each table by its number, the tables a foreign key leads to or comes from, guessed or not."""
    catalog = schema.catalog
    numbers = {table.full_name: number for number, table in enumerate(catalog)}
    near: list[set[int]] = [set() for _ in catalog.tables]
    for number, table in enumerate(catalog):
        for key in (*table.foreign_keys, *schema.guesses.get(table.full_name, ())):
            other = numbers.get(key.other_table)
            if other is not None and other != number:
                near[number].add(other)
                near[other].add(number)
    return [sorted(numbers) for numbers in near]
