"""What is shown of a map for one question."""

from collections.abc import Collection, Mapping, Sequence

from schema_docs.documents.table_document import (
    OUTLINE_TOKENS,
    PAGE_TOKENS,
    count_tokens,
    write_outline,
    write_page,
)
from schema_docs.loaded_map import Atlas
from schema_docs.notes.glossary import terms_in
from schema_docs.search.explain import explain
from schema_docs.search.joins import joins_among
from schema_docs.search.results import Found, FoundValue, Page
from schema_docs.search.table_selection import choose, columns_that_matter, rank
from store.maps.records import Near

# Below this an outline is hardly more than a name.
_SMALLEST = 20


def fill(
    atlas: Atlas, ranked: Sequence[int], budget_tokens: int, columns: Mapping[int, Collection[str]]
) -> list[Page]:
    """Show as many of the ranked tables as fit, in outline; then, best first, in full where there is room.

    A missing table makes a question impossible, a missing detail only harder. `columns` names the ones that
    matter of a table, by its number.
    """
    shown: dict[int, Page] = {}
    room = budget_tokens
    for number in ranked:
        outline = _outline(atlas, number, room, columns.get(number, ()))
        cost = count_tokens(outline.text)
        if cost <= room:
            shown[number] = outline
            room -= cost
    for number, outline in shown.items():
        before = count_tokens(outline.text)
        page = _page(atlas, number, room + before, columns.get(number, ()))
        cost = count_tokens(page.text)
        if before < cost <= room + before:
            shown[number] = page
            room -= cost - before
    return list(shown.values())


def _outline(atlas: Atlas, number: int, room: int, columns: Collection[str]) -> Page:
    """Take the outline made beforehand, unless it is too long; then one of the columns that matter."""
    ready = atlas.outlines[number]
    if count_tokens(ready.text) <= min(room, OUTLINE_TOKENS) or room < _SMALLEST:
        return ready
    return write_outline(
        atlas.schema.catalog.tables[number], atlas.schema, min(room, OUTLINE_TOKENS), columns
    )


def _page(atlas: Atlas, number: int, room: int, columns: Collection[str]) -> Page:
    """Take the page made beforehand, unless columns were left out of it that may matter."""
    ready = atlas.pages[number]
    if not atlas.cut[number]:
        return ready
    table = atlas.schema.catalog.tables[number]
    return write_page(table, atlas.schema, min(room, PAGE_TOKENS), columns)


def show_all(question: str, atlas: Atlas, values: tuple[FoundValue, ...]) -> Found:
    """Show every table."""
    return _found(question, atlas, atlas.pages, values, (f"All {len(atlas.pages)} tables fit.",))


def show_best(
    question: str, atlas: Atlas, near: Sequence[Near], values: tuple[FoundValue, ...], budget_tokens: int
) -> Found:
    """Show the tables the question needs, within the budget."""
    chosen = choose(rank(question, atlas, near, values), atlas)
    pages = fill(atlas, chosen, budget_tokens, columns_that_matter(atlas, near, values))
    why = explain(question, atlas, [atlas.numbers[page.table] for page in pages], values)
    return _found(question, atlas, pages, values, why)


def _found(
    question: str,
    atlas: Atlas,
    pages: Sequence[Page],
    values: tuple[FoundValue, ...],
    why: tuple[str, ...],
) -> Found:
    joins = joins_among([page.table for page in pages], atlas.schema.catalog, atlas.schema.guesses)
    tokens = sum(count_tokens(page.text) for page in pages)
    terms = terms_in(question, atlas.schema.terms)
    read = atlas.hints.read(question, values)
    return Found(atlas.head.version, tuple(pages), (*values, *read), joins, why, tokens, terms)
