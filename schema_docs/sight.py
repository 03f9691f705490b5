"""A map as somebody may see it: what is hidden from them is not on it, and is not found by any way."""

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from schema_docs.atlas import Atlas, open_atlas
from schema_docs.embedder import Embedder
from schema_docs.hidden_names import HiddenNames
from schema_docs.passages import write_passages
from schema_docs.schema_map import Note, SchemaMap
from store.access import Access
from store.catalog import ForeignKey, Table
from store.map_records import KeptVectors, Near, Place
from store.visible import shows_values, visible


def restrict(atlas: Atlas, access: Access, embedder: Embedder | None) -> Atlas:
    """Draw the map again with what this access shows.

    Passages that spoke of something hidden get a new vector; without an embedder they are left out.
    """
    schema = restrict_schema(atlas.schema, access)
    told = _told(atlas.schema, access)
    values = None
    if atlas.values is not None:
        entries = ((entry.table, entry.column, entry.value) for entry in atlas.values.entries)
        values = [entry for entry in entries if Place(entry[0], entry[1]) in told]
    vectors = None if atlas.nearby is None else _vectors(atlas, schema, embedder)
    meanings = None if atlas.meanings is None else atlas.meanings.only(told)
    return open_atlas(atlas.head, schema, values, vectors, meanings)


def restrict_schema(schema: SchemaMap, access: Access) -> SchemaMap:
    """Leave what may be seen; samples are left only of columns whose values may be told.

    What people wrote of something that is seen is left out where it names something that is not.
    """
    catalog = visible(schema.catalog, access)
    hidden = HiddenNames(schema.catalog, catalog)
    told = _told(schema, access)
    seen = {_key(place) for place in _places(SchemaMap("", 0, catalog))}
    profiles = {
        table: {name: profile for name, profile in columns.items() if Place(table, name) in told}
        for table, columns in schema.profiles.items()
        if table in seen
    }
    notes = {name: _unsaid(note, hidden) for name, note in schema.notes.items() if name in seen}
    terms = tuple(
        term for term in schema.terms if seen.issuperset(term.about) and not hidden.are_in_term(term)
    )
    guesses = {
        table: shown
        for table, keys in schema.guesses.items()
        if (shown := tuple(key for key in keys if _shows(table, key, seen)))
    }
    catalog = replace(catalog, tables=tuple(_without_comments(table, hidden) for table in catalog))
    return replace(schema, catalog=catalog, notes=notes, profiles=profiles, terms=terms, guesses=guesses)


def _unsaid(note: Note, hidden: HiddenNames) -> Note:
    return replace(note, description="") if hidden.are_in(note.description) else note


def _without_comments(table: Table, hidden: HiddenNames) -> Table:
    columns = tuple(
        replace(column, comment=None) if hidden.are_in(column.comment or "") else column
        for column in table.columns
    )
    comment = None if hidden.are_in(table.comment or "") else table.comment
    return replace(table, columns=columns, comment=comment)


def _shows(table: str, key: ForeignKey, seen: Collection[str]) -> bool:
    ours, theirs = f"{table}.{key.columns[0]}", f"{key.other_table}.{key.other_columns[0]}"
    return ours in seen and theirs in seen


def near_in_sight(near: Iterable[Near], atlas: Atlas) -> list[Near]:
    """Leave out what was found in the store and may not be seen."""
    places = frozenset(_places(atlas.schema))
    return [hit for hit in near if hit.place in places]


def values_in_sight(
    values: Iterable[tuple[str, str, str]], schema: SchemaMap, access: Access
) -> list[tuple[str, str, str]]:
    """Leave out the values that may not be told."""
    told = _told(schema, access)
    return [value for value in values if Place(value[0], value[1]) in told]


def _told(schema: SchemaMap, access: Access) -> frozenset[Place]:
    """Name the columns whose stored values may be told. The whole catalog is asked: rules are about that."""
    whole, seen = schema.catalog, visible(schema.catalog, access)
    return frozenset(
        Place(table.full_name, column.name)
        for table in seen
        for column in table.columns
        if shows_values(whole, access, whole.table(table.full_name) or table, column)
    )


def _vectors(atlas: Atlas, schema: SchemaMap, embedder: Embedder | None) -> KeptVectors:
    """Keep the vectors of passages that are the same for this asker, and make the others."""
    assert atlas.nearby is not None
    before = {Place(each.table, each.column): each.text for each in write_passages(atlas.schema)}
    now = {Place(each.table, each.column): each.text for each in write_passages(schema)}
    kept = atlas.nearby.only({place for place, text in now.items() if before.get(place) == text})
    changed = [place for place, text in now.items() if before.get(place) != text]
    return kept if embedder is None or not changed else _joined(kept, changed, embedder, now)


def _joined(
    kept: KeptVectors, changed: list[Place], embedder: Embedder, texts: dict[Place, str]
) -> KeptVectors:
    made = embedder.embed([texts[place] for place in changed])
    return KeptVectors([*kept.places, *changed], np.vstack([kept.vectors, made]) if kept.places else made)


def _places(schema: SchemaMap) -> Iterable[Place]:
    for table in schema.catalog:
        yield Place(table.full_name)
        for column in table.columns:
            yield Place(table.full_name, column.name)


def _key(place: Place) -> str:
    return place.table if place.column is None else f"{place.table}.{place.column}"
