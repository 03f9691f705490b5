from dataclasses import replace

import pytest

from schema_docs.discretion import Discretion, closed_columns, holds_closed, keep_back
from schema_docs.schema_map import Note, SchemaMap
from schema_docs.serial import MapBody
from store.catalog import Catalog, Column, Table
from store.map_records import Place
from store.targets.target import ColumnProfile

PEOPLE = Table(
    None,
    "people",
    (
        Column("id", "int", "integer"),
        Column("name", "text", "text", tags=("private",)),
        Column("mood", "enum('glad','sad')", "text", labels=("glad", "sad"), tags=("private",)),
    ),
)
DIARIES = Table(None, "diaries", (Column("page", "text", "text"),), tags=("private",))
SHOPS = Table(None, "shops", (Column("name", "text", "text"), Column("open", "text", "text")))
CATALOG = Catalog("sqlite", (PEOPLE, DIARIES, SHOPS))
SCHEMA = SchemaMap(
    "x",
    1,
    CATALOG,
    notes={"people.mood": Note("How they are.", accepted=("glad", "sad"))},
    profiles={
        "people": {name: ColumnProfile(name, 0.0, 2, values=("Ada",)) for name in ("id", "name")},
        "shops": {"name": ColumnProfile("name", 0.0, 1, values=("Corner",))},
    },
)


def test_what_is_tagged_is_closed_with_all_columns_of_a_table() -> None:
    closed = closed_columns(CATALOG)
    assert closed == {Place("people", "name"), Place("people", "mood"), Place("diaries", "page")}
    assert len(closed_columns(CATALOG, tells_values=False)) == 6


def test_of_a_closed_column_only_name_and_type_are_left() -> None:
    kept = keep_back(SCHEMA)
    assert list(kept.profiles["people"]) == ["id"]
    assert kept.notes["people.mood"] == Note("How they are.")
    mood = kept.catalog.tables[0].columns[2]
    assert (mood.type, mood.labels) == ("enum", ())
    assert kept.profiles["shops"] == SCHEMA.profiles["shops"]


def test_without_values_no_sample_is_left() -> None:
    kept = keep_back(replace(SCHEMA, tells_values=False))
    assert not any(kept.profiles.values())


def test_a_map_without_anything_closed_stays_as_it_is() -> None:
    schema = replace(SCHEMA, catalog=Catalog("sqlite", (SHOPS,)))
    assert keep_back(schema) is schema


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT open FROM shops",
        "SELECT shops.name FROM shops",
        "SELECT count(*) FROM people",
        "WITH open AS (SELECT * FROM shops) SELECT name FROM open",
    ],
)
def test_rows_of_what_is_not_private_may_leave(sql: str) -> None:
    assert Discretion.over(SCHEMA, True).lets_out(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM people",
        "SELECT upper(p.NAME) FROM people AS p",
        "SELECT * FROM people",
        "SELECT max(id) FROM people GROUP BY name",
        "SELECT page FROM diaries",
        "SELECT id FROM people WHERE name IN (SELECT name FROM shops)",
        "WITH p AS (SELECT name AS n FROM people) SELECT n FROM p",
        "SELECT 1 FROM nowhere",
        "no query at all (",
        None,
    ],
)
def test_rows_of_what_is_private_or_cannot_be_read_stay(sql: str | None) -> None:
    assert not Discretion.over(SCHEMA, True).lets_out(sql)


def test_nothing_leaves_where_rows_or_values_may_not() -> None:
    for schema, rows_to_model in ((SCHEMA, False), (replace(SCHEMA, tells_values=False), True)):
        assert not Discretion.over(schema, rows_to_model).lets_out("SELECT open FROM shops")


def test_everything_leaves_where_nothing_is_private() -> None:
    open_to_all = replace(SCHEMA, catalog=Catalog("sqlite", (SHOPS,)))
    assert Discretion.over(open_to_all, True).lets_out("no query at all (")


def test_an_earlier_map_that_holds_what_is_closed_is_noticed() -> None:
    body = MapBody(CATALOG, profiles=SCHEMA.profiles)
    assert holds_closed(body, CATALOG, True)
    assert not holds_closed(MapBody(CATALOG, profiles={"people": {}}), CATALOG, True)
    assert not holds_closed(body, Catalog("sqlite", (SHOPS,)), True)
    assert holds_closed(MapBody(CATALOG, values={"shops.name": "hash"}), CATALOG, False)
