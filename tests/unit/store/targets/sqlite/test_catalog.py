import pytest

from store.targets.sqlite.catalog import kind_of_declaration, kind_of_values


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("INTEGER", "integer"),
        ("unsigned big int", "integer"),
        ("VARCHAR(20)", "text"),
        ("DECIMAL(10,2)", "number"),
        ("double precision", "number"),
        ("bool", "boolean"),
        ("DATE", "date"),
        ("datetime", "timestamp"),
        ("BLOB", "binary"),
        ("", "other"),
    ],
)
def test_declared_types_mean_what_sqlite_makes_of_them(declared: str, kind: str) -> None:
    assert kind_of_declaration(declared) == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, 2], "integer"),
        ([1, 2.5], "number"),
        (["2024-01-31", None], "date"),
        (["2024-01-31 10:00", "2024-01-31T10:00:00.5Z"], "timestamp"),
        (["2024-01-31", "soon"], "text"),
        ([b"x"], "binary"),
        ([1, "one"], "other"),
        ([None], "other"),
    ],
)
def test_a_result_column_is_what_all_its_values_are(values: list[object], kind: str) -> None:
    assert kind_of_values(values) == kind
