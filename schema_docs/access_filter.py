"""Access filter for schema maps: removes tables, columns, values and texts that an access does not show."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

import numpy as np
from sqlglot import exp

from schema_docs.documents.passages import write_passages
from schema_docs.embedding.embedder import Embedder
from schema_docs.examples.masking import parse_sql
from schema_docs.loaded_map import LoadedMap, load_map
from schema_docs.schema_map import Note, SchemaMap, Term
from store.access.catalog_filter import filter_catalog, may_show_values
from store.access.roles import Access
from store.catalog import Catalog, ForeignKey, Table
from store.maps.records import PassageMatch, PassageVectors, SchemaElement

_CODE_SPAN = re.compile(r"`([^`]+)`")
_DOTTED_NAME = re.compile(r"\w+(?:\.\w+)*")


class HiddenNames:
    """Names of tables and columns that the full catalog has and the visible part has not.

    A bare name that also occurs in the visible part does not count as hidden.
    """

    def __init__(self, whole: Catalog, visible: Catalog) -> None:
        visible_names = set(_iterate_names(visible))
        self._names = frozenset(name for name in _iterate_names(whole) if name not in visible_names)

    def occur_in(self, prose: str) -> bool:
        """Return whether prose mentions a hidden name: in a code span, or spelled as code.

        `Payments` may be an ordinary word; `payment_kinds`, `payments.kind` and `PaymentKinds` are
        identifiers.
        """
        if not self._names:
            return False
        return self.occur_in_code(" ".join(_CODE_SPAN.findall(prose))) or any(
            self._holds(path) for path in _DOTTED_NAME.findall(prose) if _looks_like_code(path)
        )

    def occur_in_code(self, code: str) -> bool:
        """Return whether SQL or another piece of code mentions a hidden name."""
        return any(self._holds(path) for path in _DOTTED_NAME.findall(code))

    def occur_in_term(self, term: Term) -> bool:
        """Return whether a glossary term is named like a hidden element or mentions one."""
        names = (term.name, *term.synonyms)
        return (
            any("_".join(name.casefold().split()) in self._names for name in names)
            or any(map(self.occur_in, (*names, term.meaning)))
            or self.occur_in_code(term.sql)
        )

    def _holds(self, path: str) -> bool:
        segments = path.casefold().split(".")
        candidates = (
            ".".join(segments[start:end])
            for start in range(len(segments))
            for end in range(start + 1, len(segments) + 1)
        )
        return any(candidate in self._names for candidate in candidates)


def _iterate_names(catalog: Catalog) -> Iterator[str]:
    for table in catalog:
        for name in {table.full_name.casefold(), table.name.casefold()}:
            yield name
            for column in table.columns:
                yield f"{name}.{column.name.casefold()}"
        for column in table.columns:
            yield column.name.casefold()


def _looks_like_code(path: str) -> bool:
    return "." in path or "_" in path or path[1:] != path[1:].lower() or any(map(str.isdigit, path))


def restrict_map(loaded_map: LoadedMap, access: Access, embedder: Embedder | None) -> LoadedMap:
    """Rebuild a loaded map with only what an access shows.

    Passages that mentioned something hidden are embedded again; without an embedder they are left out.
    """
    schema = restrict_schema(loaded_map.schema, access)
    shared_columns = _shared_columns(loaded_map.schema, access)
    values = None
    if loaded_map.values is not None:
        entries = ((entry.table, entry.column, entry.value) for entry in loaded_map.values.entries)
        values = [entry for entry in entries if SchemaElement(entry[0], entry[1]) in shared_columns]
    vectors = None if loaded_map.vector_index is None else _restrict_vectors(loaded_map, schema, embedder)
    semantic_values = (
        None if loaded_map.semantic_values is None else loaded_map.semantic_values.restrict_to(shared_columns)
    )
    return load_map(loaded_map.head, schema, values, vectors, semantic_values)


def restrict_schema(schema: SchemaMap, access: Access) -> SchemaMap:
    """Remove from a schema map what an access hides.

    Samples remain only for columns whose values the access may see. Descriptions, comments and terms that
    mention a hidden name are removed.
    """
    catalog = filter_catalog(schema.catalog, access)
    hidden = HiddenNames(schema.catalog, catalog)
    shared_columns = _shared_columns(schema, access)
    visible_keys = {_note_key(element) for element in _iterate_elements(SchemaMap("", 0, catalog))}
    profiles = {
        table: {
            name: profile for name, profile in columns.items() if SchemaElement(table, name) in shared_columns
        }
        for table, columns in schema.profiles.items()
        if table in visible_keys
    }
    notes = {name: _strip_note(note, hidden) for name, note in schema.notes.items() if name in visible_keys}
    terms = tuple(
        term
        for term in schema.terms
        if visible_keys.issuperset(term.about) and not hidden.occur_in_term(term)
    )
    inferred_keys = {
        table: visible_foreign_keys
        for table, keys in schema.inferred_keys.items()
        if (visible_foreign_keys := tuple(key for key in keys if _is_key_visible(table, key, visible_keys)))
    }
    catalog = replace(catalog, tables=tuple(_strip_comments(table, hidden) for table in catalog))
    return replace(
        schema, catalog=catalog, notes=notes, profiles=profiles, terms=terms, inferred_keys=inferred_keys
    )


def _strip_note(note: Note, hidden: HiddenNames) -> Note:
    return replace(note, description="") if hidden.occur_in(note.description) else note


def _strip_comments(table: Table, hidden: HiddenNames) -> Table:
    columns = tuple(
        replace(column, comment=None) if hidden.occur_in(column.comment or "") else column
        for column in table.columns
    )
    comment = None if hidden.occur_in(table.comment or "") else table.comment
    return replace(table, columns=columns, comment=comment)


def _is_key_visible(table: str, key: ForeignKey, visible_keys: Collection[str]) -> bool:
    column, referenced_column = (
        f"{table}.{key.columns[0]}",
        f"{key.referenced_table}.{key.referenced_columns[0]}",
    )
    return column in visible_keys and referenced_column in visible_keys


def visible_passages(passages: Iterable[PassageMatch], loaded_map: LoadedMap) -> list[PassageMatch]:
    """Drop passages of tables and columns that are not in the (restricted) map."""
    elements = frozenset(_iterate_elements(loaded_map.schema))
    return [passage for passage in passages if passage.element in elements]


def visible_values(
    values: Iterable[tuple[str, str, str]], schema: SchemaMap, access: Access
) -> list[tuple[str, str, str]]:
    """Drop values of columns whose values the access may not see."""
    shared_columns = _shared_columns(schema, access)
    return [value for value in values if SchemaElement(value[0], value[1]) in shared_columns]


def _shared_columns(schema: SchemaMap, access: Access) -> frozenset[SchemaElement]:
    """Return the columns whose values the access may see; policies refer to names of the full catalog."""
    whole, visible_catalog = schema.catalog, filter_catalog(schema.catalog, access)
    return frozenset(
        SchemaElement(table.full_name, column.name)
        for table in visible_catalog
        for column in table.columns
        if may_show_values(whole, access, whole.table(table.full_name) or table, column)
    )


def _restrict_vectors(loaded_map: LoadedMap, schema: SchemaMap, embedder: Embedder | None) -> PassageVectors:
    """Keep the vectors of unchanged passages and embed the changed ones."""
    assert loaded_map.vector_index is not None
    old_texts = {
        SchemaElement(each.table, each.column): each.text for each in write_passages(loaded_map.schema)
    }
    new_texts = {SchemaElement(each.table, each.column): each.text for each in write_passages(schema)}
    unchanged = loaded_map.vector_index.select(
        {element for element, text in new_texts.items() if old_texts.get(element) == text}
    )
    changed = [element for element, text in new_texts.items() if old_texts.get(element) != text]
    return (
        unchanged
        if embedder is None or not changed
        else _append_vectors(unchanged, changed, embedder, new_texts)
    )


def _append_vectors(
    unchanged: PassageVectors,
    changed: list[SchemaElement],
    embedder: Embedder,
    texts: dict[SchemaElement, str],
) -> PassageVectors:
    new_vectors = embedder.embed([texts[element] for element in changed])
    return PassageVectors(
        [*unchanged.elements, *changed],
        np.vstack([unchanged.vectors, new_vectors]) if unchanged.elements else new_vectors,
    )


def _iterate_elements(schema: SchemaMap) -> Iterable[SchemaElement]:
    for table in schema.catalog:
        yield SchemaElement(table.full_name)
        for column in table.columns:
            yield SchemaElement(table.full_name, column.name)


def _note_key(element: SchemaElement) -> str:
    return element.table if element.column is None else f"{element.table}.{element.column}"


def is_example_visible(sql: str, whole: Catalog, visible: Catalog, access: Access) -> bool:
    """Return whether every table and column of an example query is visible.

    Literals of the query must belong to columns whose values the access may see. Policies refer to the
    `whole` catalog. A query that cannot be parsed is not visible.
    """
    tree = parse_sql(sql, whole.dialect)
    if tree is None:
        return False
    tables = _resolve_tables(tree, whole)
    visible_tables = [visible.table(table.full_name) for table in tables if table is not None]
    if len(visible_tables) < len(tables) or any(table is None for table in visible_tables):
        return False
    pairs = [
        (table, visible_table)
        for table, visible_table in zip(tables, visible_tables, strict=True)
        if table and visible_table
    ]
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)) and any(
        len(table.columns) > len(visible_table.columns) for table, visible_table in pairs
    ):
        return False
    column_names = {column.name.casefold() for column in tree.find_all(exp.Column)}
    # A bare column name may belong to any table of the query, so all candidates must be visible.
    used_columns = [
        (table, visible_table, column)
        for table, visible_table in pairs
        for column in table.columns
        if column.name.casefold() in column_names
    ]
    if any(visible_table.column(column.name) is None for _, visible_table, column in used_columns):
        return False
    if tree.find(exp.Literal) is None:
        return True
    return all(may_show_values(whole, access, table, column) for table, _, column in used_columns)


def _resolve_tables(tree: exp.Expr, whole: Catalog) -> list[Table | None]:
    """Return the tables of a query, without its CTEs; None stands for a table that is not in the catalog."""
    cte_names = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    tables = [
        table for table in tree.find_all(exp.Table) if table.db or table.name.casefold() not in cte_names
    ]
    return [_resolve_table(table, whole) for table in tables]


def _resolve_table(table: exp.Table, whole: Catalog) -> Table | None:
    name = f"{table.db}.{table.name}" if table.db else table.name
    if exact := whole.table(name):
        return exact
    candidates = [
        candidate
        for candidate in whole
        if name.casefold() in {candidate.full_name.casefold(), candidate.name.casefold()}
    ]
    return candidates[0] if len(candidates) == 1 else None
