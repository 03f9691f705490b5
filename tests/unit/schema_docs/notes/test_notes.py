from pathlib import Path

import pytest

from schema_docs.notes.files import NotesFile, read_files
from schema_docs.notes.notes import NotesReport, add_tags, read_notes
from schema_docs.schema_map import Note
from store.catalog import Catalog, Column, ForeignKey, Table


def table(name: str, *columns: str, schema: str | None = None) -> Table:
    return Table(schema, name, tuple(Column(column, "text", "text") for column in columns))


SHOP = Catalog("sqlite", (table("orders", "id", "status", "customer_id"), table("customers", "id", "name")))

NOTES = """
version: 2
models:
  - name: orders
    description: >
      What customers
      ordered.
    meta: {label: order, synonyms: [purchases, sales]}
    columns:
      - name: status
        description: How far it is.
        tests:
          - not_null
          - accepted_values: {values: [new, paid, 3]}
      - name: customer_id
        tests:
          - relationships:
              to: ref('customers')
              field: id
  - name: customers
    columns:
      - name: id
        data_tests: [unique, not_null]
      - name: name
        config: {meta: {synonyms: who, unit: letters}}
"""


def read(text: str, catalog: Catalog = SHOP) -> NotesReport:
    return read_notes([NotesFile("schema.yml", text)], catalog)


def test_descriptions_labels_and_synonyms_become_notes() -> None:
    notes = read(NOTES).notes
    assert notes["orders"] == Note("What customers ordered.", ("purchases", "sales"), "order")
    assert notes["orders.status"] == Note("How far it is.", accepted_values=("new", "paid", "3"))
    assert notes["customers.name"] == Note(synonyms=("who",), unit="letters")


def test_tests_become_facts_of_the_catalog() -> None:
    catalog = read(NOTES).apply_to(SHOP)
    orders, customers = catalog.tables
    assert orders.foreign_keys == (ForeignKey(("customer_id",), "customers", ("id",)),)
    assert not orders.columns[1].nullable
    assert customers.unique == (("id",),)


def test_a_foreign_key_the_database_declares_is_not_doubled() -> None:
    once = read(NOTES).apply_to(SHOP)
    assert read(NOTES, once).apply_to(once) == once


@pytest.mark.parametrize(
    "test",
    [
        "relationships: {to: ref('customers'), field: id}",
        "relationships: {arguments: {to: \"ref('shop', 'customers')\", field: ID}}",
        "relationships: {to: \"source('shop', 'customers')\", field: id}",
        "relationships: {to: customers, field: id}",
    ],
)
def test_every_spelling_of_a_relationship_is_understood(test: str) -> None:
    text = f"models:\n- name: orders\n  columns:\n  - name: customer_id\n    tests:\n    - {test}\n"
    report = read(text)
    assert report.problems == ()
    assert report.apply_to(SHOP).tables[0].foreign_keys == (
        ForeignKey(("customer_id",), "customers", ("id",)),
    )


def test_names_that_do_not_exist_are_reported_with_their_lines_and_the_rest_is_kept() -> None:
    text = (
        "models:\n  - name: ordres\n  - name: orders\n    columns:\n      - name: colour\n"
        "      - name: status\n        description: kept\n"
    )
    report = read(text)
    assert [str(problem) for problem in report.problems] == [
        "schema.yml, line 2: There is no table 'ordres'.",
        "schema.yml, line 5: orders has no column 'colour'.",
    ]
    assert report.notes["orders.status"].description == "kept"


def test_a_relationship_to_nowhere_is_reported() -> None:
    text = (
        "models:\n  - name: orders\n    columns:\n      - name: customer_id\n        tests:\n"
        "          - relationships: {to: ref('people'), field: id}\n"
        "          - relationships: {to: ref('customers'), field: number}\n"
    )
    report = read(text)
    assert len(report.problems) == 2
    assert report.apply_to(SHOP) == SHOP


def test_case_does_not_matter_where_only_one_name_can_be_meant() -> None:
    assert (
        "orders.status" in read("models: [{name: Orders, columns: [{name: STATUS, description: x}]}]").notes
    )


def test_a_table_of_another_schema_is_found_by_its_bare_name_if_only_one_has_it() -> None:
    catalog = Catalog(
        "postgres", (table("t", "a", schema="x"), table("u", schema="x"), table("u", schema="y")), "public"
    )
    report = read("models: [{name: t, description: one}, {name: u, description: two}]", catalog)
    assert list(report.notes) == ["x.t"]
    assert len(report.problems) == 1


def test_sources_name_their_schema() -> None:
    catalog = Catalog("postgres", (table("u", schema="x"), table("u", schema="y")), "public")
    text = "sources: [{name: y, tables: [{name: u, description: two}]}]"
    assert list(read(text, catalog).notes) == ["y.u"]


def test_one_bad_file_does_not_spoil_the_others() -> None:
    files = [NotesFile("bad.yml", "a: [1"), NotesFile("good.yml", "models: [{name: orders, description: x}]")]
    report = read_notes(files, SHOP)
    assert "orders" in report.notes
    assert [problem.file for problem in report.problems] == ["bad.yml"]


@pytest.mark.parametrize(
    "text", ["- a\n- b\n", "just words", "models: 3\n", "models: [1, null, {}]", "version: 2"]
)
def test_a_file_of_another_shape_is_no_disaster(text: str) -> None:
    assert read(text).notes == {}


def test_a_key_written_twice_is_reported() -> None:
    report = read("models:\n  - name: orders\n    description: a\n    description: b\n")
    assert [problem.line for problem in report.problems] == [4]
    assert report.notes["orders"].description == "b"


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.yml").write_text("b")
    (tmp_path / "a.yaml").write_text("a")
    (tmp_path / "sub" / "c.yml").write_bytes(b"\xff")
    (tmp_path / "readme.txt").write_text("no")
    assert [file.name for file in read_files(tmp_path)] == ["a.yaml", "b.yml", "sub/c.yml"]


PEOPLE = Table("public", "people", (Column("id", "int", "integer"), Column("email", "text", "text")))
CATALOG = Catalog("postgres", (PEOPLE,), "public")
SCHEMA = """
models:
  - name: people
    config: {tags: hr}
    columns:
      - {name: email, tags: [pii], meta: {tags: [contact]}}
"""


def test_tags_of_notes_are_on_the_catalog() -> None:
    (people,) = read_notes([NotesFile("schema.yml", SCHEMA)], CATALOG).apply_to(CATALOG)
    assert people.tags == ("hr",)
    assert [column.tags for column in people.columns] == [(), ("pii", "contact")]


def test_a_tag_is_there_once() -> None:
    tagged = add_tags(
        add_tags(PEOPLE, {"public.people": Note(tags=("hr",))}), {"public.people": Note(tags=("hr", "x"))}
    )
    assert tagged.tags == ("hr", "x")
