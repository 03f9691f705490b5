from dataclasses import replace

import pytest

from schema_docs.privacy import Discretion, Unsampled, closed_columns, holds_closed, keep_back
from schema_docs.schema_map import Note, SchemaMap
from schema_docs.serialization import MapBody
from store.access.approved_query import Approved
from store.catalog import Catalog, Column, Dialect, Table
from store.maps.records import Place
from store.rows import Limits, RowColumn, Rows
from store.targets.target import ColumnProfile, Estimate, Traces

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


PETS = Table(None, "pets", (Column("name", "TEXT", "text"),))


class Pets:
    """A target that tells all it has, and cannot say what has changed."""

    dialect: Dialect = "sqlite"

    def __init__(self) -> None:
        self.closed = False

    async def catalog(self) -> Catalog:
        return Catalog("sqlite", (PETS,))

    async def profile(self, table: Table, most: int = 20) -> list[ColumnProfile]:
        return [ColumnProfile("name", 0.0, 1, values=("Rex",))]

    async def distinct_values(self, table: Table, column: str, most: int) -> list[str]:
        return ["Rex"]

    async def explain(self, approved: Approved) -> Estimate:
        return Estimate(1, None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        return Rows((RowColumn("name", "text"),), (("Rex",),))

    async def close(self) -> None:
        self.closed = True


class Counted(Pets):
    """One that can say."""

    async def traces(self) -> Traces:
        return Traces({"pets": "7"}, whole="9")


async def test_what_there_is_is_shown_and_nothing_of_what_is_stored() -> None:
    target = Unsampled(Pets())
    assert await target.catalog() == Catalog("sqlite", (PETS,))
    assert list(await target.profile(PETS)) == []
    assert list(await target.distinct_values(PETS, "name", 10)) == []


async def test_a_table_counts_as_changed_when_it_is_sampled_again_or_no_more() -> None:
    told, sampled = await Unsampled(Counted()).traces(), await Counted().traces()
    assert (told.of("pets"), told.of("other")) == ("unsampled 7", "unsampled 9")
    assert told.of("pets") != sampled.of("pets")
    assert await Unsampled(Pets()).traces() == Traces()


async def test_queries_run_as_ever_and_the_target_is_let_go() -> None:
    pets = Pets()
    target = Unsampled(pets)
    approved = object.__new__(Approved)
    assert (await target.explain(approved)).rows == 1
    assert len(await target.run(approved, Limits(10, 1))) == 1
    await target.close()
    assert pets.closed
