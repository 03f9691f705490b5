"""Ways between tables, declared or guessed."""

from agent.builtin.schema.join_graph import JoinGraph, has_fan_out
from store.catalog import Catalog, Column, ForeignKey, Table
from tests.fixtures.nlg_cases import schema_of, table


def bare(name: str, *columns: str) -> Table:
    """A table without any key."""
    return Table(None, name, tuple(Column(column, "", "integer") for column in columns), (), ())


def test_tables_without_keys_are_joined_by_a_column_that_only_they_have() -> None:
    graph = JoinGraph(Catalog("sqlite", (bare("pupils", "room", "grade"), bare("tutors", "room", "salary"))))
    way = graph.connect("pupils", ["tutors"])
    assert way is not None
    assert [edge.columns for edge in way] == [("room",)]


def test_a_column_of_three_tables_joins_none() -> None:
    tables = (bare("pupils", "room"), bare("tutors", "room"), bare("tests", "room"))
    assert JoinGraph(Catalog("sqlite", tables)).connect("pupils", ["tutors"]) is None


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


def test_a_declared_key_comes_before_a_guess() -> None:
    declared = Table(
        None, "b", (Column("a_id", "", "integer"),), (), (ForeignKey(("a_id",), "a", ("a_id",)),)
    )
    keyed = Table(None, "a", (Column("a_id", "", "integer"),), ("a_id",), ())
    [edge] = JoinGraph(Catalog("sqlite", (keyed, declared))).edges("b")
    assert edge.cost < 1.2
