"""Join graph: foreign keys as weighted edges, shortest join paths, and join trees (approximate Steiner)."""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from schema_docs.search.results import Join
from store.catalog import Catalog, ForeignKey, Table

# A path over more joins is rarely what a question means.
MAX_PATH_JOINS = 4
# Inferred keys may be wrong, so they cost more.
_DECLARED, _INFERRED = 1.0, 1.4
# Tables without any key may still be joined by a column that exactly two of them share.
_SHARED_COLUMN_COST = 2.0
_GENERIC_NAMES = frozenset(
    {"id", "name", "code", "key", "year", "date", "title", "description", "status", "type"}
)
# A key named like its target is preferred to a key with a role name.
_SAME_NAME_DISCOUNT = 0.02
# Joining through a shared parent says little: students and courses of one department.
_SHARED_PARENT_PENALTY = 0.9


@dataclass(frozen=True, slots=True)
class Edge:
    """Equi-join between two tables; `is_to_many` if a row may match several rows of `other`."""

    table: str
    columns: tuple[str, ...]
    other: str
    referenced_columns: tuple[str, ...]
    is_to_many: bool
    cost: float = _DECLARED

    @property
    def key(self) -> str:
        """Foreign key column, which distinguishes several edges between the same two tables."""
        return (self.referenced_columns if self.is_to_many else self.columns)[0]


class JoinGraph:
    """Join graph of one catalog.

    `inferred_keys` are undeclared foreign keys by full table name. With `shared_columns`, tables without any
    key are joined by a column name that exactly two of them share.
    """

    def __init__(
        self,
        catalog: Catalog,
        inferred_keys: Mapping[str, Sequence[ForeignKey]] = MappingProxyType({}),
        *,
        shared_columns: bool = False,
    ) -> None:
        self._names = frozenset(table.full_name for table in catalog)
        self._edges: defaultdict[str, list[Edge]] = defaultdict(list)
        for table in catalog:
            for position, key in enumerate(table.foreign_keys):
                # Between paths of equal length, prefer the key that its table declares first.
                same_name = key.columns == key.referenced_columns
                self._add(table, key, _DECLARED + position / 1000 - (_SAME_NAME_DISCOUNT if same_name else 0))
        for table in catalog:
            for key in inferred_keys.get(table.full_name, ()):
                self._add(table, key, _INFERRED)
        if shared_columns:
            unconnected = [table for table in catalog if table.full_name not in self._edges]
            for table, key in _infer_shared_column_keys(unconnected):
                self._add(table, key, _SHARED_COLUMN_COST)
        self._distances: dict[str, dict[str, float]] = {}

    def _add(self, table: Table, key: ForeignKey, cost: float) -> None:
        if key.referenced_table not in self._names:
            return
        unique = key.columns in table.unique or key.columns == table.primary_key
        forward = Edge(
            table.full_name, key.columns, key.referenced_table, key.referenced_columns, False, cost
        )
        backward = Edge(
            key.referenced_table, key.referenced_columns, table.full_name, key.columns, not unique, cost
        )
        self._edges[forward.table].append(forward)
        self._edges[backward.table].append(backward)

    def edges(self, table: str) -> Sequence[Edge]:
        """List the joins that start at a table."""
        return self._edges.get(table, ())

    def neighbours(self, table: str) -> frozenset[str]:
        """Return the other tables that one join leads to."""
        return frozenset(edge.other for edge in self.edges(table) if edge.other != table)

    def distance(self, table: str, other: str) -> float:
        """Compute the cost of the shortest join path between two tables; infinite if there is none."""
        if table not in self._distances:
            self._distances[table] = self._reach(table)
        return self._distances[table].get(other, float("inf"))

    def _reach(self, start: str) -> dict[str, float]:
        distances: dict[str, float] = {}
        queue = [(0.0, start)]
        while queue:
            cost, table = heapq.heappop(queue)
            if table in distances:
                continue
            distances[table] = cost
            for edge in self.edges(table):
                heapq.heappush(queue, (cost + edge.cost, edge.other))
        return distances

    def connect(self, root: str, tables: Iterable[str], via: Iterable[str] = ()) -> tuple[Edge, ...] | None:
        """Join `tables` to `root` by shortest paths (an approximate Steiner tree); None if impossible.

        `via` names foreign key columns to prefer where two tables can be joined in several ways.
        """
        preferred = frozenset(via)
        tree: list[Edge] = []
        # In order of mention: between equally short paths, the one from the latest table wins.
        joined = [root]
        missing = [table for table in dict.fromkeys(tables) if table != root]
        while missing:
            path = self._shortest(joined, {missing[0]}, preferred)
            if path is None:
                return None
            tree.extend(path)
            joined.extend(edge.other for edge in path)
            missing = [table for table in missing if table not in joined]
        return tuple(tree)

    def connect_in_order(self, tables: Iterable[str]) -> list[str]:
        """Insert behind each table the ones needed to join it with the tables before it.

        Attaching each by the shortest path to the tree so far costs at most twice the optimal Steiner tree
        (Takahashi and Matsuyama 1980). A table without a path of at most `MAX_PATH_JOINS` stands alone.
        """
        connected: dict[str, None] = {}
        for table in tables:
            if table not in connected:
                path = self._shortest([table], connected, frozenset(), MAX_PATH_JOINS) if connected else None
                connected[table] = None
                connected.update(dict.fromkeys(edge.other for edge in (path or ())[:-1]))
        return list(connected)

    def _shortest(
        self, joined: Sequence[str], goals: Collection[str], via: frozenset[str], max_joins: int | None = None
    ) -> tuple[Edge, ...] | None:
        count = 0
        queue: list[tuple[float, int, str, tuple[Edge, ...]]] = []
        for table in reversed(joined):
            queue.append((0.0, count, table, ()))
            count += 1
        visited: set[str] = set()
        while queue:
            cost, _, table, path = heapq.heappop(queue)
            if table in visited:
                continue
            visited.add(table)
            if table in goals:
                return path
            if len(path) == max_joins:
                continue
            for edge in self.edges(table):
                if edge.other not in joined:
                    step_cost = edge.cost - (0.3 if edge.key in via else 0)
                    step_cost += (
                        _SHARED_PARENT_PENALTY if path and edge.is_to_many and not path[-1].is_to_many else 0
                    )
                    count += 1
                    heapq.heappush(queue, (cost + step_cost, count, edge.other, (*path, edge)))
        return None


def has_fan_out(table: str, tree: Iterable[Edge]) -> bool:
    """Check whether the joins duplicate rows of `table` (fan-out)."""
    neighbours: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for edge in tree:
        neighbours[edge.table].append((edge.other, edge.is_to_many))
        neighbours[edge.other].append((edge.table, not edge.is_to_many))
    stack, visited = [table], {table}
    while stack:
        for other, is_to_many in neighbours[stack.pop()]:
            if other in visited:
                continue
            if is_to_many:
                return True
            visited.add(other)
            stack.append(other)
    return False


def _infer_shared_column_keys(tables: Sequence[Table]) -> list[tuple[Table, ForeignKey]]:
    """Infer a join from a column name that exactly two otherwise unconnected tables share."""
    occurrences_by_name: defaultdict[str, list[tuple[Table, str]]] = defaultdict(list)
    for table in tables:
        for column in table.columns:
            occurrences_by_name[column.name.lower()].append((table, column.name))
    pairs = [
        occurrences
        for name, occurrences in occurrences_by_name.items()
        if len(occurrences) == 2 and name not in _GENERIC_NAMES
    ]
    keys = []
    for (first, first_column), (second, second_column) in pairs:
        columns = (first.column(first_column), second.column(second_column))
        kinds = {column.kind for column in columns if column is not None}
        if len(kinds) == 1 and not first_column.lower().endswith("name"):
            # The column identifies rows of the smaller table.
            referenced, referencing = sorted((first, second), key=lambda table: table.row_estimate or 0)
            source, target = (
                (first_column, second_column) if referencing is first else (second_column, first_column)
            )
            keys.append((referencing, ForeignKey((source,), referenced.full_name, (target,))))
    return keys


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
