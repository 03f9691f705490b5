"""Join paths between tables, over declared and inferred keys."""

from schema_docs.search.join_graph import JoinGraph, find_joins, has_fan_out
from schema_docs.search.results import Join
from store.catalog import Catalog, Column, ForeignKey, Table
from tests.fixtures.nlg_cases import schema_of, table


def bare(name: str, *columns: str) -> Table:
    """A table without any key."""
    return Table(None, name, tuple(Column(column, "", "integer") for column in columns), (), ())


def test_tables_without_keys_are_joined_by_a_column_that_only_they_have() -> None:
    graph = JoinGraph(
        Catalog("sqlite", (bare("pupils", "room", "grade"), bare("tutors", "room", "salary"))),
        shared_columns=True,
    )
    way = graph.connect("pupils", ["tutors"])
    assert way is not None
    assert [edge.columns for edge in way] == [("room",)]


def test_a_column_of_three_tables_joins_none() -> None:
    tables = (bare("pupils", "room"), bare("tutors", "room"), bare("tests", "room"))
    assert JoinGraph(Catalog("sqlite", tables), shared_columns=True).connect("pupils", ["tutors"]) is None


def test_rows_that_only_share_a_third_are_joined_another_way() -> None:
    graph = schema_of(
        table("faculties", "id:i! name:t"),
        table("pupils", "id:i! faculty_id:i", faculty_id="faculties"),
        table("lessons", "id:i! faculty_id:i", faculty_id="faculties"),
        table("visits", "id:i! pupil_id:i lesson_id:i", pupil_id="pupils", lesson_id="lessons"),
    ).graph
    way = graph.connect("pupils", ["lessons"])
    assert way is not None
    assert [edge.other for edge in way] == ["visits", "lessons"]


def test_a_row_of_one_is_multiplied_by_many_of_another() -> None:
    graph = schema_of(table("a", "id:i!"), table("b", "id:i! a_id:i", a_id="a")).graph
    way = graph.connect("a", ["b"])
    assert way is not None
    assert has_fan_out("a", way)
    assert not has_fan_out("b", way)


def test_a_declared_key_comes_before_an_inferred_one() -> None:
    declared = ForeignKey(("home_id",), "a", ("id",))
    inferred = ForeignKey(("away_id",), "a", ("id",))
    b = Table(
        None, "b", (Column("home_id", "", "integer"), Column("away_id", "", "integer")), (), (declared,)
    )
    graph = JoinGraph(Catalog("sqlite", (bare("a", "id"), b)), {"b": (inferred,)})
    assert [edge.columns for edge in graph.connect("b", ["a"]) or ()] == [("home_id",)]
    assert [edge.columns for edge in graph.edges("b")] == [("home_id",), ("away_id",)]


def chain(*pairs: tuple[str, str]) -> JoinGraph:
    """A graph of tables of which the first of each pair refers to the second."""
    keys = {name: tuple(ForeignKey(("x",), b, ("id",)) for a, b in pairs if a == name) for name in "abcdefg"}
    tables = (Table(None, name, (), foreign_keys=keys[name]) for name in "abcdefg")
    return JoinGraph(Catalog("sqlite", tuple(tables)))


LINE = chain(("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "f"), ("f", "g"))


def test_the_table_in_between_is_put_behind_the_one_that_needs_it() -> None:
    assert LINE.connect_in_order(["a", "c", "d"]) == ["a", "c", "b", "d"]


def test_the_shortest_way_is_taken() -> None:
    ring = chain(("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"))
    assert ring.connect_in_order(["a", "c"]) in (["a", "c", "b"], ["a", "c", "d"])
    assert ring.connect_in_order(["a", "d"]) == ["a", "d"]


def test_a_table_without_a_way_stands_alone() -> None:
    assert chain(("a", "b")).connect_in_order(["a", "c"]) == ["a", "c"]


def test_a_very_long_way_is_not_taken() -> None:
    assert LINE.connect_in_order(["a", "e"]) == ["a", "e", "d", "c", "b"]
    assert LINE.connect_in_order(["a", "g"]) == ["a", "g"]


def test_neighbours_are_joined_in_either_direction_and_never_oneself() -> None:
    graph = chain(("a", "b"), ("a", "a"), ("c", "a"))
    assert set(graph.neighbours("a")) == {"b", "c"}
    assert set(graph.neighbours("b")) == {"a"}


def test_a_key_to_a_table_outside_the_catalog_joins_nothing() -> None:
    assert not chain(("a", "z")).edges("a")


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
