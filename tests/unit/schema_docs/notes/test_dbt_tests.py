from schema_docs.notes.dbt_tests import Facts, read_facts
from schema_docs.notes.safe_yaml import read_tree
from store.catalog import ForeignKey


def read(text: str) -> Facts:
    return read_facts(read_tree(text, "f.yml"), "c")


def test_tests_are_read_as_facts() -> None:
    text = """
    tests: [unique, accepted_values: {values: [1, true, x]}]
    data_tests: [not_null, relationships: {to: ref('o'), field: id}, dbt_utils.something: {a: 1}, 7]
    """
    assert read(text) == Facts(
        links=(ForeignKey(("c",), "o", ("id",)),), unique=("c",), filled=("c",), accepted=("1", "True", "x")
    )


def test_a_column_without_tests_says_nothing() -> None:
    assert read("name: c") == Facts()


def test_facts_of_two_columns_are_put_together() -> None:
    assert Facts(unique=("a",)).joined(Facts(unique=("b",), filled=("b",), accepted=("x",))) == Facts(
        unique=("a", "b"), filled=("b",)
    )
