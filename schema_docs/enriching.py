"""What notes add to a catalog: facts about keys, and tags."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from schema_docs.facts import Facts
from schema_docs.schema_map import Note
from store.catalog import Catalog, Table


def tag(table: Table, notes: Mapping[str, Note]) -> Table:
    """Write onto a table and its columns the tags that notes give them."""
    columns = (
        replace(column, tags=_tags(notes, f"{table.full_name}.{column.name}", column.tags))
        for column in table.columns
    )
    return replace(table, tags=_tags(notes, table.full_name, table.tags), columns=tuple(columns))


def _tags(notes: Mapping[str, Note], key: str, known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *notes.get(key, Note()).tags)))


def enrich(table: Table, facts: Facts, catalog: Catalog) -> Table:
    """Add to a table what tests state as facts: foreign keys, uniqueness, columns never null."""
    keys = [*table.foreign_keys]
    for link in facts.links:
        if link not in keys and catalog.table(link.other_table) is not None:
            keys.append(link)
    unique: Sequence[tuple[str, ...]] = [(name,) for name in facts.unique if (name,) not in table.unique]
    columns = (
        replace(column, nullable=column.nullable and column.name not in facts.filled)
        for column in table.columns
    )
    return replace(table, foreign_keys=tuple(keys), unique=(*table.unique, *unique), columns=tuple(columns))
