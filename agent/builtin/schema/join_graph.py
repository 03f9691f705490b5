"""Ways between tables along their keys, and the smallest tree that joins those a plan needs."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.catalog import Catalog, ForeignKey, Table

# A key that nobody declared is a guess from equal names.
_DECLARED, _GUESSED = 1.0, 1.4
# Tables without any key may still be told to belong together by a column that two of them have.
_SHARED = 2.0
_COMMON = frozenset({"id", "name", "code", "key", "year", "date", "title", "description", "status", "type"})
# A key that is called as what it points at comes before one with a role.
_ALIKE = 0.02
# Rows that only share a third say little of one another: students and courses of one department.
_TURN = 0.9


@dataclass(frozen=True, slots=True)
class Edge:
    """One way to join two tables by equal columns. `multiplies`: a row may meet many of the other."""

    table: str
    columns: tuple[str, ...]
    other: str
    other_columns: tuple[str, ...]
    multiplies: bool
    cost: float = _DECLARED

    @property
    def key(self) -> str:
        """The name of the column that points, by which edges between the same two tables are told apart."""
        return (self.other_columns if self.multiplies else self.columns)[0]


class JoinGraph:
    """All ways between the tables of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._edges: defaultdict[str, list[Edge]] = defaultdict(list)
        for table in catalog:
            for place, key in enumerate(table.foreign_keys):
                # Of two ways of equal length, the one whose key comes first in its table.
                alike = key.columns == key.other_columns
                self._add(table, key, _DECLARED + place / 1000 - (_ALIKE if alike else 0))
        for table, key in _guess_keys(catalog):
            self._add(table, key, _GUESSED)
        for table, key in _shared_columns([table for table in catalog if table.full_name not in self._edges]):
            self._add(table, key, _SHARED)
        self._distances: dict[str, dict[str, float]] = {}

    def _add(self, table: Table, key: ForeignKey, cost: float) -> None:
        unique = key.columns in table.unique or key.columns == table.primary_key
        there = Edge(table.full_name, key.columns, key.other_table, key.other_columns, False, cost)
        back = Edge(key.other_table, key.other_columns, table.full_name, key.columns, not unique, cost)
        self._edges[there.table].append(there)
        self._edges[back.table].append(back)

    def edges(self, table: str) -> Sequence[Edge]:
        """The ways out of a table."""
        return self._edges.get(table, ())

    def distance(self, table: str, other: str) -> float:
        """The cost of the shortest way between two tables; infinite where there is none."""
        if table not in self._distances:
            self._distances[table] = self._reach(table)
        return self._distances[table].get(other, float("inf"))

    def _reach(self, start: str) -> dict[str, float]:
        reached: dict[str, float] = {}
        waiting = [(0.0, start)]
        while waiting:
            cost, table = heapq.heappop(waiting)
            if table in reached:
                continue
            reached[table] = cost
            for edge in self.edges(table):
                heapq.heappush(waiting, (cost + edge.cost, edge.other))
        return reached

    def connect(self, root: str, tables: Iterable[str], via: Iterable[str] = ()) -> tuple[Edge, ...] | None:
        """Join `tables` to `root` by the shortest ways (a Steiner tree, nearly); None where there is none.

        `via` names columns that point, preferred where two tables are joined in several ways.
        """
        preferred = frozenset(via)
        tree: list[Edge] = []
        # In the order in which they were spoken of: of two short ways, the one from the latest is taken.
        joined = [root]
        missing = [table for table in dict.fromkeys(tables) if table != root]
        while missing:
            way = self._shortest(joined, {missing[0]}, preferred)
            if way is None:
                return None
            tree.extend(way)
            joined.extend(edge.other for edge in way)
            missing = [table for table in missing if table not in joined]
        return tuple(tree)

    def _shortest(
        self, joined: Sequence[str], goals: set[str], via: frozenset[str]
    ) -> tuple[Edge, ...] | None:
        count = 0
        waiting: list[tuple[float, int, str, tuple[Edge, ...]]] = []
        for table in reversed(joined):
            waiting.append((0.0, count, table, ()))
            count += 1
        seen: set[str] = set()
        while waiting:
            cost, _, table, way = heapq.heappop(waiting)
            if table in seen:
                continue
            seen.add(table)
            if table in goals:
                return way
            for edge in self.edges(table):
                if edge.other not in joined:
                    step = edge.cost - (0.3 if edge.key in via else 0)
                    step += _TURN if way and edge.multiplies and not way[-1].multiplies else 0
                    count += 1
                    heapq.heappush(waiting, (cost + step, count, edge.other, (*way, edge)))
        return None


def multiplied(table: str, tree: Iterable[Edge]) -> bool:
    """Whether joining makes several rows of one row of `table`."""
    neighbours: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for edge in tree:
        neighbours[edge.table].append((edge.other, edge.multiplies))
        neighbours[edge.other].append((edge.table, not edge.multiplies))
    waiting, seen = [table], {table}
    while waiting:
        for other, multiplies in neighbours[waiting.pop()]:
            if other in seen:
                continue
            if multiplies:
                return True
            seen.add(other)
            waiting.append(other)
    return False


def _guess_keys(catalog: Catalog) -> list[tuple[Table, ForeignKey]]:
    """Take a column for a key where it is named as the one-column primary key of exactly one other table."""
    owners: defaultdict[str, list[Table]] = defaultdict(list)
    for table in catalog:
        if len(table.primary_key) == 1 and table.primary_key[0].lower() not in {"id", "name", "code", "key"}:
            owners[table.primary_key[0].lower()].append(table)
    found = []
    for table in catalog:
        declared = {name for key in table.foreign_keys for name in key.columns}
        for column in table.columns:
            others = [owner for owner in owners.get(column.name.lower(), ()) if owner.name != table.name]
            if len(others) == 1 and column.name not in declared:
                other = others[0]
                found.append((table, ForeignKey((column.name,), other.full_name, other.primary_key)))
    return found


def _shared_columns(tables: Sequence[Table]) -> list[tuple[Table, ForeignKey]]:
    """Columns of one name in two tables, and in no third, that nothing else joins."""
    places: defaultdict[str, list[tuple[Table, str]]] = defaultdict(list)
    for table in tables:
        for column in table.columns:
            places[column.name.lower()].append((table, column.name))
    pairs = [held for name, held in places.items() if len(held) == 2 and name not in _COMMON]
    found = []
    for (one, own), (other, others) in pairs:
        kinds = {table.column(name).kind for table, name in ((one, own), (other, others))}  # type: ignore[union-attr]
        if len(kinds) == 1 and not own.lower().endswith("name"):
            # The shorter table is the one whose rows are told apart by it.
            few, many = sorted((one, other), key=lambda table: table.row_estimate or 0)
            source, target = (own, others) if many is one else (others, own)
            found.append((many, ForeignKey((source,), few.full_name, (target,))))
    return found
