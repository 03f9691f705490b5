"""Join paths between tables, and the joins among a selection of them."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from schema_docs.search.results import Join
from store.catalog import Catalog, ForeignKey

# A path over more tables is rarely what a question means.
MAX_PATH_LENGTH = 4


def connect_tables(seeds: Iterable[int], neighbours: Sequence[Sequence[int]]) -> list[int]:
    """Insert behind each seed the tables needed to join it with the seeds before it.

    Attaching each seed by the shortest path to the tree so far costs at most twice the optimal Steiner tree
    (Takahashi and Matsuyama 1980). A seed without a path stands alone.
    """
    connected: dict[int, None] = {}
    for seed in seeds:
        if seed not in connected:
            path = _shortest_path(seed, connected, neighbours) if connected else ()
            connected[seed] = None
            connected.update(dict.fromkeys(path))
    return list(connected)


def _shortest_path(start: int, goal: Collection[int], neighbours: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the tables strictly between the start and the nearest goal, by the fewest joins."""
    queue: deque[tuple[int, ...]] = deque([(start,)])
    visited = {start}
    while queue:
        path = queue.popleft()
        for neighbour in neighbours[path[-1]]:
            if neighbour in goal:
                return path[1:]
            if neighbour not in visited and len(path) < MAX_PATH_LENGTH:
                visited.add(neighbour)
                queue.append((*path, neighbour))
    return ()


def find_joins(
    tables: Collection[str],
    catalog: Catalog,
    inferred_keys: Mapping[str, Sequence[ForeignKey]] = MappingProxyType({}),
) -> tuple[Join, ...]:
    """Return every foreign key between two of these tables, or within one; inferred keys come last."""
    entries = (catalog.table(name) for name in tables)
    declared = (
        Join(table.full_name, key)
        for table in entries
        if table is not None
        for key in table.foreign_keys
        if key.referenced_table in tables
    )
    inferred = (
        Join(name, key, inferred=True)
        for name in tables
        for key in inferred_keys.get(name, ())
        if key.referenced_table in tables
    )
    return (*declared, *inferred)
