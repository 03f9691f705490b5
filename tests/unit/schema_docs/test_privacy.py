from dataclasses import replace

import pytest

from schema_docs.privacy import (
    SharingPolicy,
    ValueHidingTarget,
    contains_withheld_values,
    redact,
    withheld_columns,
)
from schema_docs.schema_map import MapBody, Note, SchemaMap
from store.access.approved_query import Approved
from store.catalog import Catalog, Column, Dialect, Table
from store.maps.records import SchemaElement
from store.rows import Limits, RowColumn, Rows
from store.targets.target import ChangeTokens, ColumnProfile, Estimate

PEOPLE = Table(
    None,
    "people",
    (
        Column("id", "int", "integer"),
        Column("name", "text", "text", tags=("no_share_values",)),
        Column("mood", "enum('glad','sad')", "text", labels=("glad", "sad"), tags=("no_share_values",)),
    ),
)
DIARIES = Table(None, "diaries", (Column("page", "text", "text"),), tags=("no_share_values",))
SHOPS = Table(None, "shops", (Column("name", "text", "text"), Column("open", "text", "text")))
CATALOG = Catalog("sqlite", (PEOPLE, DIARIES, SHOPS))
SCHEMA = SchemaMap(
    "x",
    1,
    CATALOG,
    notes={"people.mood": Note("How they are.", accepted_values=("glad", "sad"))},
    profiles={
        "people": {name: ColumnProfile(name, 0.0, 2, values=("Ada",)) for name in ("id", "name")},
        "shops": {"name": ColumnProfile("name", 0.0, 1, values=("Corner",))},
    },
)


def test_what_is_tagged_is_closed_with_all_columns_of_a_table() -> None:
    closed = withheld_columns(CATALOG)
    assert closed == {
        SchemaElement("people", "name"),
        SchemaElement("people", "mood"),
        SchemaElement("diaries", "page"),
    }
    assert len(withheld_columns(CATALOG, share_values=False)) == 6


def test_of_a_closed_column_only_name_and_type_are_left() -> None:
    redacted = redact(SCHEMA)
    assert list(redacted.profiles["people"]) == ["id"]
    assert redacted.notes["people.mood"] == Note("How they are.")
    mood = redacted.catalog.tables[0].columns[2]
    assert (mood.type, mood.labels) == ("enum", ())
    assert redacted.profiles["shops"] == SCHEMA.profiles["shops"]


def test_without_values_no_sample_is_left() -> None:
    redacted = redact(replace(SCHEMA, share_values=False))
    assert not any(redacted.profiles.values())


def test_a_map_without_anything_closed_stays_as_it_is() -> None:
    schema = replace(SCHEMA, catalog=Catalog("sqlite", (SHOPS,)))
    assert redact(schema) is schema


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
    assert SharingPolicy.of(SCHEMA, True).may_share(sql)


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
    assert not SharingPolicy.of(SCHEMA, True).may_share(sql)


def test_nothing_leaves_where_rows_or_values_may_not() -> None:
    for schema, rows_to_model in ((SCHEMA, False), (replace(SCHEMA, share_values=False), True)):
        assert not SharingPolicy.of(schema, rows_to_model).may_share("SELECT open FROM shops")


def test_everything_leaves_where_nothing_is_private() -> None:
    open_to_all = replace(SCHEMA, catalog=Catalog("sqlite", (SHOPS,)))
    assert SharingPolicy.of(open_to_all, True).may_share("no query at all (")


def test_an_earlier_map_that_holds_what_is_closed_is_noticed() -> None:
    body = MapBody(CATALOG, profiles=SCHEMA.profiles)
    assert contains_withheld_values(body, CATALOG, True)
    assert not contains_withheld_values(MapBody(CATALOG, profiles={"people": {}}), CATALOG, True)
    assert not contains_withheld_values(body, Catalog("sqlite", (SHOPS,)), True)
    assert contains_withheld_values(MapBody(CATALOG, values={"shops.name": "hash"}), CATALOG, False)


PETS = Table(None, "pets", (Column("name", "TEXT", "text"),))


class Pets:
    """A target that tells all it has, and cannot say what has changed."""

    dialect: Dialect = "sqlite"

    def __init__(self) -> None:
        self.closed = False

    async def catalog(self) -> Catalog:
        return Catalog("sqlite", (PETS,))

    async def profile(self, table: Table, max_values: int = 20) -> list[ColumnProfile]:
        return [ColumnProfile("name", 0.0, 1, values=("Rex",))]

    async def distinct_values(self, table: Table, column: str, max_values: int) -> list[str]:
        return ["Rex"]

    async def explain(self, approved: Approved) -> Estimate:
        return Estimate(1, None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        return Rows((RowColumn("name", "text"),), (("Rex",),))

    async def close(self) -> None:
        self.closed = True


class Counted(Pets):
    """One that can say."""

    async def change_tokens(self) -> ChangeTokens:
        return ChangeTokens({"pets": "7"}, database="9")


async def test_what_there_is_is_shown_and_nothing_of_what_is_stored() -> None:
    target = ValueHidingTarget(Pets())
    assert await target.catalog() == Catalog("sqlite", (PETS,))
    assert list(await target.profile(PETS)) == []
    assert list(await target.distinct_values(PETS, "name", 10)) == []


async def test_a_table_counts_as_changed_when_it_is_sampled_again_or_no_more() -> None:
    report, sampled = await ValueHidingTarget(Counted()).change_tokens(), await Counted().change_tokens()
    assert (report.of("pets"), report.of("other")) == ("unsampled 7", "unsampled 9")
    assert report.of("pets") != sampled.of("pets")
    assert await ValueHidingTarget(Pets()).change_tokens() == ChangeTokens()


async def test_queries_run_as_ever_and_the_target_is_let_go() -> None:
    pets = Pets()
    target = ValueHidingTarget(pets)
    approved = object.__new__(Approved)
    assert (await target.explain(approved)).rows == 1
    assert len(await target.run(approved, Limits(10, 1))) == 1
    await target.close()
    assert pets.closed
