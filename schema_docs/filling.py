"""Pages chosen for a prompt, until its budget is used up."""

from collections.abc import Collection, Mapping, Sequence

from schema_docs.atlas import Atlas
from schema_docs.found import Page
from schema_docs.pages import OUTLINE_TOKENS, PAGE_TOKENS, count_tokens, write_outline, write_page

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
