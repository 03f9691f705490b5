"""Did-you-mean suggestions: similar names for a table, column or function that does not exist."""

from collections.abc import Iterable

from agent.guard.names.scopes import Scope
from schema_docs.text.spelling import most_similar
from store.catalog import Catalog

MAX_SUGGESTIONS = 4
# Names with a lower score (of 100) are unrelated.
MIN_SIMILARITY = 55
# A catalog up to this size is listed in full where no name is similar.
MAX_LISTED_TABLES = 20


def suggest_tables(name: str, catalog: Catalog) -> str:
    """Suggest the tables with the most similar names."""
    similar = _most_similar(name, {table.full_name for table in catalog} | {table.name for table in catalog})
    return f"Tables with a similar name: {', '.join(similar)}." if similar else _all_tables(catalog)


def suggest_columns(name: str, scope: Scope, catalog: Catalog) -> str:
    """Suggest the columns in scope with the most similar names, and other tables that have this column."""
    sources = {alias: source for inner in scope.chain() for alias, source in inner.sources.items()}
    candidates = {
        f"{alias}.{column}": column for alias, source in sources.items() for column in source.columns or ()
    }
    similar = set(_most_similar(name, set(candidates.values())))
    parts = []
    if similar:
        qualified = sorted(full_name for full_name, column in candidates.items() if column in similar)
        parts.append(f"Columns with a similar name: {', '.join(qualified[:MAX_SUGGESTIONS])}.")
    owners = [
        table.full_name
        for table in catalog
        if any(column.name.lower() == name.lower() for column in table.columns)
    ]
    if owners:
        parts.append(f"A column {name} is in: {', '.join(owners[:MAX_SUGGESTIONS])}.")
    return " ".join(parts)


def suggest_functions(name: str, allowed: Iterable[str]) -> str:
    """Suggest the allowed functions with the most similar names."""
    similar = _most_similar(name, allowed)
    return f"Functions with a similar name: {', '.join(similar)}." if similar else ""


def _most_similar(name: str, candidates: Iterable[str]) -> list[str]:
    return most_similar(name, candidates, MAX_SUGGESTIONS, MIN_SIMILARITY)


def _all_tables(catalog: Catalog) -> str:
    names = [table.full_name for table in catalog]
    return f"The tables are: {', '.join(names)}." if 0 < len(names) <= MAX_LISTED_TABLES else ""
