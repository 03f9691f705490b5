"""A map as somebody may see it: what is hidden from them is not on it, and is not found by any way."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

import numpy as np
from sqlglot import exp

from schema_docs.documents.passages import write_passages
from schema_docs.embedding.embedder import Embedder
from schema_docs.examples.masking import tree_of
from schema_docs.loaded_map import Atlas, open_atlas
from schema_docs.schema_map import Note, SchemaMap, Term
from store.access.catalog_filter import shows_values, visible
from store.access.roles import Access
from store.catalog import Catalog, ForeignKey, Table
from store.maps.records import KeptVectors, Near, Place

_CODE = re.compile(r"`([^`]+)`")
_PATH = re.compile(r"\w+(?:\.\w+)*")


class HiddenNames:
    """The names of tables and columns that are in the whole catalog, and not in the part that is seen.

    A bare name that something seen has too is not hidden.
    """

    def __init__(self, whole: Catalog, seen: Catalog) -> None:
        shown = set(_names(seen))
        self._names = frozenset(name for name in _names(whole) if name not in shown)

    def are_in(self, prose: str) -> bool:
        """Say whether a text names one of them: in code marks, or spelt as no word of a language is.

        `Payments` may be what people do, `payment_kinds`, `payments.kind` and `PaymentKinds` are not.
        """
        if not self._names:
            return False
        return self.are_in_code(" ".join(_CODE.findall(prose))) or any(
            self._holds(path) for path in _PATH.findall(prose) if _is_spelt_as_code(path)
        )

    def are_in_code(self, code: str) -> bool:
        """Say whether SQL, or the like, names one of them."""
        return any(self._holds(path) for path in _PATH.findall(code))

    def are_in_term(self, term: Term) -> bool:
        """Say whether a term is called like one of them, or speaks of one."""
        called = (term.name, *term.synonyms)
        return (
            any("_".join(name.casefold().split()) in self._names for name in called)
            or any(map(self.are_in, (*called, term.meaning)))
            or self.are_in_code(term.sql)
        )

    def _holds(self, path: str) -> bool:
        steps = path.casefold().split(".")
        parts = (
            ".".join(steps[start:end])
            for start in range(len(steps))
            for end in range(start + 1, len(steps) + 1)
        )
        return any(part in self._names for part in parts)


def _names(catalog: Catalog) -> Iterator[str]:
    for table in catalog:
        for name in {table.full_name.casefold(), table.name.casefold()}:
            yield name
            for column in table.columns:
                yield f"{name}.{column.name.casefold()}"
        for column in table.columns:
            yield column.name.casefold()


def _is_spelt_as_code(path: str) -> bool:
    return "." in path or "_" in path or path[1:] != path[1:].lower() or any(map(str.isdigit, path))


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


def shows_example(sql: str, whole: Catalog, seen: Catalog, access: Access) -> bool:
    """Say whether all tables and columns of a query are `seen`, and its texts and numbers may be told.

    The `whole` catalog is what rules are about. What cannot be read is not shown.
    """
    tree = tree_of(sql, whole.dialect)
    if tree is None:
        return False
    tables = _tables(tree, whole)
    shown = [seen.table(table.full_name) for table in tables if table is not None]
    if len(shown) < len(tables) or any(table is None for table in shown):
        return False
    pairs = [(table, part) for table, part in zip(tables, shown, strict=True) if table and part]
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)) and any(
        len(table.columns) > len(part.columns) for table, part in pairs
    ):
        return False
    named = {column.name.casefold() for column in tree.find_all(exp.Column)}
    # Of two columns of one name in several tables, the query may mean either: both must be allowed.
    used = [
        (table, part, column)
        for table, part in pairs
        for column in table.columns
        if column.name.casefold() in named
    ]
    if any(part.column(column.name) is None for _, part, column in used):
        return False
    if tree.find(exp.Literal) is None:
        return True
    return all(shows_values(whole, access, table, column) for table, _, column in used)


def _tables(tree: exp.Expr, whole: Catalog) -> list[Table | None]:
    """Give the tables a query names; None for one that is not in the catalog, and none for its own."""
    own = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    named = [table for table in tree.find_all(exp.Table) if table.db or table.name.casefold() not in own]
    return [_table(table, whole) for table in named]


def _table(table: exp.Table, whole: Catalog) -> Table | None:
    name = f"{table.db}.{table.name}" if table.db else table.name
    if found := whole.table(name):
        return found
    folded = [each for each in whole if name.casefold() in {each.full_name.casefold(), each.name.casefold()}]
    return folded[0] if len(folded) == 1 else None
