import pytest

from store.targets.duckdb.type_mapping import as_selected, kind_of_type


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
    assert as_selected(1, "INTEGER") == "#1"
    assert as_selected(2, "INTERVAL") == "CAST(#2 AS VARCHAR)"
    assert as_selected(3, "TIMESTAMP WITH TIME ZONE") == "#3 AT TIME ZONE 'UTC'"
    assert as_selected(4, "TIMESTAMP WITH TIME ZONE[]") == "CAST(#4 AS VARCHAR)"
