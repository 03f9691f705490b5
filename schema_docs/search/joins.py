"""Ways from table to table, so that what is shown can be joined."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from schema_docs.search.results import Join
from store.catalog import Catalog, ForeignKey

# A way over more tables than this is seldom what a question means.
LONGEST_WAY = 4


def connect(seeds: Iterable[int], neighbours: Sequence[Sequence[int]]) -> list[int]:
    """Put the tables in between behind each seed that needs them to be joined with the seeds before it.

    Adding each seed by the shortest way to the tree so far is at most twice as long as the best tree
    (Takahashi and Matsuyama 1980). A seed without a way stands alone.
    """
    chosen: dict[int, None] = {}
    for seed in seeds:
        if seed not in chosen:
            way = _way(seed, chosen, neighbours) if chosen else ()
            chosen[seed] = None
            chosen.update(dict.fromkeys(way))
    return list(chosen)


def _way(start: int, goal: Collection[int], neighbours: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Give the tables strictly between the start and the nearest goal, by the fewest joins."""
    ways: deque[tuple[int, ...]] = deque([(start,)])
    seen = {start}
    while ways:
        way = ways.popleft()
        for near in neighbours[way[-1]]:
            if near in goal:
                return way[1:]
            if near not in seen and len(way) < LONGEST_WAY:
                seen.add(near)
                ways.append((*way, near))
    return ()


def joins_among(
    tables: Collection[str],
    catalog: Catalog,
    guesses: Mapping[str, Sequence[ForeignKey]] = MappingProxyType({}),
) -> tuple[Join, ...]:
    """Name every foreign key from one of these tables to another of them, or to itself, in their order.

    Guessed ones come last.
    """
    known = (catalog.table(name) for name in tables)
    declared = (
        Join(table.full_name, key)
        for table in known
        if table is not None
        for key in table.foreign_keys
        if key.other_table in tables
    )
    guessed = (
        Join(name, key, guessed=True)
        for name in tables
        for key in guesses.get(name, ())
        if key.other_table in tables
    )
    return (*declared, *guessed)
