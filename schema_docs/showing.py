"""What is shown of a map for one question."""

from collections.abc import Sequence

from schema_docs.atlas import Atlas
from schema_docs.choosing import choose, columns_that_matter, rank
from schema_docs.filling import fill
from schema_docs.found import Found, FoundValue, Page
from schema_docs.joins import joins_among
from schema_docs.pages import count_tokens
from schema_docs.reasons import explain
from schema_docs.terms import terms_in
from store.map_records import Near


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
