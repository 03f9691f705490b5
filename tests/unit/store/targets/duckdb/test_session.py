import pytest

from store.targets.duckdb.session import kind_of_type, select_expression


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("UBIGINT", "integer"),
        ("DECIMAL(10,2)", "number"),
        ("ENUM('a', 'b')", "text"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp"),
        ("TIMESTAMP_NS", "timestamp"),
        ("INTEGER[3]", "json"),
        ("STRUCT(a INTEGER)", "json"),
        ("BIT", "other"),
    ],
)
def test_a_type_tells_what_it_holds(type_name: str, kind: str) -> None:
    assert kind_of_type(type_name) == kind


def test_what_python_would_lose_is_selected_as_something_else() -> None:
    assert select_expression(1, "INTEGER") == "#1"
    assert select_expression(2, "INTERVAL") == "CAST(#2 AS VARCHAR)"
    assert select_expression(3, "TIMESTAMP WITH TIME ZONE") == "#3 AT TIME ZONE 'UTC'"
    assert select_expression(4, "TIMESTAMP WITH TIME ZONE[]") == "CAST(#4 AS VARCHAR)"
