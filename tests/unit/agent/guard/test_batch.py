import json

import pytest

from agent.guard.batch import judge_lines, read_catalog
from store.access.roles import Access, Mask, Role, RowRule

TABLES = {"tables": [{"name": "public.orders", "columns": [{"name": "id", "type": "integer"}]}]}


def check(line: str) -> dict[str, object]:
    (answer,) = judge_lines([line], read_catalog(TABLES, "postgres"))
    return answer


def test_an_approved_query_comes_back_as_it_would_run() -> None:
    assert check("select id from orders\n") == {"verdict": "approved", "sql": "SELECT id FROM public.orders"}


def test_a_rejected_query_comes_with_its_layer_its_class_and_a_reason() -> None:
    answer = check("SELECT id FROM secrets")
    assert str(answer.pop("reason")).startswith("There is no table")
    assert answer == {"verdict": "rejected", "layer": "names", "class": "unknown_table"}


def test_a_line_may_be_json() -> None:
    assert check(json.dumps({"sql": "SELECT id\nFROM orders"}))["verdict"] == "approved"
    assert check(json.dumps("SELECT id FROM orders"))["verdict"] == "approved"


@pytest.mark.parametrize("line", ["{}", "[]", "1", "null", '{"sql": 1}', '""'])
def test_json_without_a_query_is_rejected(line: str) -> None:
    assert check(line)["verdict"] == "rejected"


def test_empty_lines_are_left_out() -> None:
    assert list(judge_lines(["\n", "  "], read_catalog(TABLES, "postgres"))) == []


@pytest.mark.parametrize("data", [[], {}, {"tables": [{"name": "a"}]}, {"tables": [], "more": 1}, None])
def test_another_shape_of_catalog_is_refused(data: object) -> None:
    with pytest.raises(ValueError):
        read_catalog(data, "postgres")


def test_bare_names_live_in_the_home_of_the_engine() -> None:
    unqualified = {"tables": [{"name": "orders", "columns": [{"name": "id"}], "rows": 3}]}
    for dialect, name in {"postgres": "public.orders", "sqlite": "orders", "duckdb": "main.orders"}.items():
        (table,) = read_catalog(unqualified, dialect)  # type: ignore[arg-type]  # a str to mypy
        assert (table.full_name, table.row_estimate) == (name, 3)
    (main,) = read_catalog({"tables": [{"name": "main.t", "columns": []}]}, "sqlite")
    assert main.full_name == "t"
    assert read_catalog({"tables": [{"name": "shop.t", "columns": []}]}, "mysql").default_schema == "shop"


def test_with_a_policy_its_rules_are_in_what_is_approved() -> None:
    access = Access(Role(rows=(RowRule(("orders",), "id = :claim.id"),)), (("id", 7),))
    (answer,) = judge_lines(["SELECT id FROM orders"], read_catalog(TABLES, "postgres"), access)
    assert answer["asked"] == "SELECT id FROM public.orders"
    assert answer["parameters"] == [{"name": "claim.id", "value": 7}]
    assert "$1" in answer["sql"]


def test_the_salt_of_hashes_is_not_told() -> None:
    access = Access(Role(masks=(Mask(("orders.id",), "hash"),)), salt="pepper")
    (answer,) = judge_lines(["SELECT id FROM orders"], read_catalog(TABLES, "postgres"), access)
    assert answer["parameters"] == [{"name": "salt"}]


def test_tags_are_read() -> None:
    tagged = {"tables": [{"name": "t", "tags": ["hr"], "columns": [{"name": "c", "tags": ["pii"]}]}]}
    (table,) = read_catalog(tagged, "sqlite")
    assert (table.tags, table.columns[0].tags) == (("hr",), ("pii",))
