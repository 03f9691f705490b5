import json
from typing import Any

import pytest

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.dbt_manifest import read_manifest, reduce_manifest
from schema_docs.notes.files import NotesFile
from schema_docs.notes.notes import NotesReport, read_notes
from schema_docs.schema_map import Note
from store.catalog import ForeignKey
from tests.unit.schema_docs.notes.test_notes import SHOP


def a_test(name: str, column: str, **given: Any) -> dict[str, Any]:
    about = {"name": name, "kwargs": {"column_name": column, "model": "{{ ref('sales') }}", **given}}
    depends = {"nodes": ["model.shop.people", "model.shop.sales"]}
    return {"resource_type": "test", "test_metadata": about, "column_name": column, "depends_on": depends}


ORDERS = {
    "resource_type": "model",
    "name": "sales",
    "alias": "orders",
    "schema": "main",
    "description": "What was ordered.",
    "config": {"meta": {"synonyms": ["purchases"]}, "materialized": "table"},
    "columns": {"status": {"name": "status", "description": "How far it is."}},
}
CUSTOMERS = {"resource_type": "model", "name": "people", "alias": "customers", "columns": {}}
MANIFEST = {
    "nodes": {
        "model.shop.sales": ORDERS,
        "model.shop.people": CUSTOMERS,
        "test.1": a_test("accepted_values", "status", values=["new", "paid"]),
        "test.2": a_test("relationships", "customer_id", to="ref('people')", field="id"),
    }
}


def read(manifest: dict[str, Any], indent: int | None = None) -> NotesReport:
    return read_notes([NotesFile("manifest.json", json.dumps(manifest, indent=indent))], SHOP)


def test_tables_are_called_as_in_the_database_and_tests_are_facts() -> None:
    report = read(MANIFEST)
    assert report.problems == ()
    assert report.notes["orders"] == Note("What was ordered.", ("purchases",))
    assert report.notes["orders.status"] == Note("How far it is.", accepted_values=("new", "paid"))
    assert report.constraints["orders"].foreign_keys == (ForeignKey(("customer_id",), "customers", ("id",)),)


def test_a_test_of_some_rows_only_is_no_fact() -> None:
    some = {**a_test("accepted_values", "status", values=["new"]), "config": {"where": "id > 5"}}
    report = read(
        {"nodes": {"model.shop.sales": ORDERS, "test.1": {**some, "attached_node": "model.shop.sales"}}}
    )
    assert report.notes["orders.status"].accepted_values == ()


def test_a_name_that_does_not_exist_is_told_with_its_line() -> None:
    report = read({"nodes": {"model.shop.gone": {**ORDERS, "alias": "gone"}}}, indent=1)
    assert [str(problem) for problem in report.problems] == [
        "manifest.json, line 3: There is no table 'gone'."
    ]


def test_what_is_never_a_table_is_left_out() -> None:
    ephemeral = {**ORDERS, "alias": "cte", "config": {"materialized": "ephemeral"}}
    assert read({"nodes": {"model.shop.cte": ephemeral}}) == NotesReport()


def test_what_was_reduced_stays_as_it_is() -> None:
    once = reduce_manifest(json.dumps(MANIFEST), "manifest.json")
    assert reduce_manifest(once, "manifest.json") == once


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"nodes": 1}', "[" * 100_000, '{"nodes": {"a": 1}'])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(NotesUnreadable):
        read_manifest(text, "manifest.json")
