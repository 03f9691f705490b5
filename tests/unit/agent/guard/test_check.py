import json

import pytest

from agent.guard.check import check_lines, read_catalog

TABLES = {"tables": [{"name": "public.orders", "columns": [{"name": "id", "type": "integer"}]}]}


def check(line: str) -> dict[str, str]:
    (answer,) = check_lines([line], read_catalog(TABLES, "postgres"))
    return answer


def test_an_approved_query_comes_back_as_it_would_run() -> None:
    assert check("select id from orders\n") == {"verdict": "approved", "sql": "SELECT id FROM public.orders"}


def test_a_rejected_query_comes_with_its_layer_its_class_and_a_reason() -> None:
    answer = check("SELECT id FROM secrets")
    assert answer.pop("reason").startswith("There is no table")
    assert answer == {"verdict": "rejected", "layer": "names", "class": "unknown_table"}


def test_a_line_may_be_json() -> None:
    assert check(json.dumps({"sql": "SELECT id\nFROM orders"}))["verdict"] == "approved"
    assert check(json.dumps("SELECT id FROM orders"))["verdict"] == "approved"


@pytest.mark.parametrize("line", ["{}", "[]", "1", "null", '{"sql": 1}', '""'])
def test_json_without_a_query_is_rejected(line: str) -> None:
    assert check(line)["verdict"] == "rejected"


def test_empty_lines_are_left_out() -> None:
    assert list(check_lines(["\n", "  "], read_catalog(TABLES, "postgres"))) == []


@pytest.mark.parametrize("data", [[], {}, {"tables": [{"name": "a"}]}, {"tables": [], "more": 1}, None])
def test_another_shape_of_catalog_is_refused(data: object) -> None:
    with pytest.raises(ValueError):
        read_catalog(data, "postgres")


def test_bare_names_live_in_the_home_of_the_engine() -> None:
    bare = {"tables": [{"name": "orders", "columns": [{"name": "id"}], "rows": 3}]}
    for dialect, name in {"postgres": "public.orders", "sqlite": "orders", "duckdb": "main.orders"}.items():
        (table,) = read_catalog(bare, dialect)  # type: ignore[arg-type]  # a str to mypy
        assert (table.full_name, table.row_estimate) == (name, 3)
    (main,) = read_catalog({"tables": [{"name": "main.t", "columns": []}]}, "sqlite")
    assert main.full_name == "t"
    assert read_catalog({"tables": [{"name": "shop.t", "columns": []}]}, "mysql").default_schema == "shop"
