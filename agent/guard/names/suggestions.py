"""The nearest known names, for whoever wrote one that is not known."""

from collections.abc import Iterable

from rapidfuzz import process, utils

from agent.guard.names.scopes import Scope
from store.catalog import Catalog

MOST = 4
# Below this two names have nothing to do with each other.
NEAR = 55


def near_tables(name: str, catalog: Catalog) -> str:
    """Name the tables whose names come nearest."""
    near = _nearest(name, {table.full_name for table in catalog} | {table.name for table in catalog})
    return f"Tables with a similar name: {', '.join(near)}." if near else _all_tables(catalog)


def near_columns(name: str, scope: Scope, catalog: Catalog) -> str:
    """Name the columns in reach that come nearest, and the tables elsewhere that have this very column."""
    sources = {alias: source for inner in scope.around() for alias, source in inner.sources.items()}
    offered = {
        f"{alias}.{column}": column for alias, source in sources.items() for column in source.columns or ()
    }
    near = set(_nearest(name, set(offered.values())))
    parts = []
    if near:
        written = sorted(full for full, column in offered.items() if column in near)
        parts.append(f"Columns with a similar name: {', '.join(written[:MOST])}.")
    owners = [
        table.full_name
        for table in catalog
        if any(column.name.lower() == name.lower() for column in table.columns)
    ]
    if owners:
        parts.append(f"A column {name} is in: {', '.join(owners[:MOST])}.")
    return " ".join(parts)


def near_functions(name: str, allowed: Iterable[str]) -> str:
    """Name the allowed functions that come nearest."""
    near = _nearest(name, allowed)
    return f"Functions with a similar name: {', '.join(near)}." if near else ""


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    plain = utils.default_process
    found = process.extract(name, sorted(known), processor=plain, limit=MOST, score_cutoff=NEAR)
    return [match[0] for match in found]


def _all_tables(catalog: Catalog) -> str:
    names = [table.full_name for table in catalog]
    return f"There are: {', '.join(names)}." if 0 < len(names) <= 20 else ""
