"""Pages chosen for a prompt, until its budget is used up."""

from collections.abc import Collection, Mapping, Sequence

from schema_docs.atlas import Atlas
from schema_docs.found import Page
from schema_docs.pages import count_tokens, write_page


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
        cost = count_tokens(atlas.outlines[number].text)
        if cost <= room:
            shown[number] = atlas.outlines[number]
            room -= cost
    for number, outline in shown.items():
        before = count_tokens(outline.text)
        page = _page(atlas, number, room + before, columns.get(number, ()))
        if before < (cost := count_tokens(page.text)) <= room + before:
            shown[number] = page
            room -= cost - before
    return list(shown.values())


def _page(atlas: Atlas, number: int, room: int, columns: Collection[str]) -> Page:
    table = atlas.schema.catalog.tables[number]
    if not columns or count_tokens(atlas.pages[number].text) < room // 2:
        return atlas.pages[number]
    return write_page(table, atlas.schema, room, columns)
