from schema_docs.search.joins import connect_tables, find_joins
from schema_docs.search.results import Join
from store.catalog import Catalog, Column, ForeignKey, Table


def test_the_table_in_between_is_put_behind_the_one_that_needs_it() -> None:
    line = [[1], [0, 2], [1, 3], [2]]
    assert connect_tables([0, 2, 3], line) == [0, 2, 1, 3]


def test_the_shortest_way_is_taken() -> None:
    ring = [[1, 3], [0, 2], [1, 3], [2, 0]]
    assert connect_tables([0, 2], ring) in ([0, 2, 1], [0, 2, 3])
    assert connect_tables([0, 3], ring) == [0, 3]


def test_a_table_without_a_way_stands_alone() -> None:
    assert connect_tables([0, 2], [[1], [0], []]) == [0, 2]


def test_a_very_long_way_is_not_taken() -> None:
    line = [[1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5]]
    assert connect_tables([0, 4], line) == [0, 4, 3, 2, 1]
    assert connect_tables([0, 6], line) == [0, 6]


def test_keys_among_the_tables_are_named_once_each() -> None:
    key, home, away = (ForeignKey(("x",), name, ("id",)) for name in ("b", "a", "c"))
    catalog = Catalog(
        "sqlite",
        (
            Table(None, "a", (Column("x", "int", "integer"),), foreign_keys=(key, home, away)),
            Table(None, "b", ()),
            Table(None, "c", (), foreign_keys=(key,)),
        ),
    )
    assert find_joins(["a", "b"], catalog) == (Join("a", key), Join("a", home))
