from schema_docs.notes.dbt_tests import Constraints, read_constraints
from schema_docs.notes.safe_yaml import parse_yaml
from store.catalog import ForeignKey


def read(text: str) -> Constraints:
    return read_constraints(parse_yaml(text, "f.yml"), "c")


def test_tests_are_read_as_facts() -> None:
    text = """
    tests: [unique, accepted_values: {values: [1, true, x]}]
    data_tests: [not_null, relationships: {to: ref('o'), field: id}, dbt_utils.something: {a: 1}, 7]
    """
    assert read(text) == Constraints(
        foreign_keys=(ForeignKey(("c",), "o", ("id",)),),
        unique=("c",),
        not_null=("c",),
        accepted_values=("1", "True", "x"),
    )


def test_a_column_without_tests_says_nothing() -> None:
    assert read("name: c") == Constraints()


def test_facts_of_two_columns_are_put_together() -> None:
    assert Constraints(unique=("a",)).merge(
        Constraints(unique=("b",), not_null=("b",), accepted_values=("x",))
    ) == Constraints(unique=("a", "b"), not_null=("b",))
