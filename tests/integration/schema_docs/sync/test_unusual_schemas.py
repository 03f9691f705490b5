"""Databases as they come: odd names, things that refuse, and changes while one looks."""

from collections.abc import Sequence

import psycopg
import pytest

from schema_docs.sync.sync import SyncReport
from store.catalog import Table
from store.targets.postgres.target import PostgresTarget
from store.targets.target import ColumnProfile
from tests.fixtures.mapped_database import MapEnvironment

LONGEST = "w" * 63
ODD = f"""
CREATE TABLE bare ();
CREATE TABLE "select" ("from" text, "Mixed Case" text);
CREATE TABLE "quo""te.d" ("it's" text, "a.b" text);
CREATE TABLE "🦊" ("größe 🐘" text);
CREATE TABLE "{LONGEST}" ("{LONGEST}" text);
INSERT INTO "select" VALUES ('Ada', 'Bob');
INSERT INTO "quo""te.d" VALUES ('Carol', 'Dave');
INSERT INTO "🦊" VALUES ('Reineke');
INSERT INTO "{LONGEST}" VALUES ('Long John');
CREATE TABLE numbers (n int);
INSERT INTO numbers VALUES (0);
CREATE VIEW broken AS SELECT 1 / n AS one FROM numbers;
"""


async def survey(world: MapEnvironment, target: PostgresTarget, url: str) -> SyncReport:
    connections = {connection.name: connection for connection in await world.connections.all()}
    connection = connections.get("odd") or await world.connections.add("odd", url)
    return await world.synchronizer.sync(connection, target)


@pytest.fixture
def odd_url(blank_url: str) -> str:
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute(ODD.encode())
    return blank_url


async def test_odd_names_are_mapped_shown_and_found(world: MapEnvironment, odd_url: str) -> None:
    target = PostgresTarget(odd_url)
    report = await survey(world, target, odd_url)
    await target.close()
    assert report.tables == 7
    for table in ("bare", "select", 'quo"te.d', "🦊", LONGEST):
        page = await world.retriever.document(f"public.{table}", "odd")
        assert page is not None, table
        assert table in page.text
    for question, column in [
        ("who is Ada?", "from"),
        ("who is Carol?", "it's"),
        ("who is Dave?", "a.b"),
        ("find Reineke", "größe 🐘"),
        ("find Long John", LONGEST),
    ]:
        result = await world.retriever.find(question, "odd")
        assert column in {hit.column for hit in result.values}, question


async def test_a_view_that_fails_is_named_and_the_rest_goes_on(world: MapEnvironment, odd_url: str) -> None:
    target = PostgresTarget(odd_url)
    report = await survey(world, target, odd_url)
    again = await survey(world, target, odd_url)
    await target.close()
    problem = "public.broken could not be sampled (division_by_zero)."
    assert report.problems == again.problems == (problem,)
    assert not again.changed


async def test_a_table_that_may_not_be_read_is_named_and_the_rest_goes_on(
    world: MapEnvironment, odd_url: str
) -> None:
    class Forbidden(PostgresTarget):
        async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
            # Between the catalog and the sample somebody takes the right to read away.
            with psycopg.connect(odd_url, autocommit=True) as connection:
                connection.execute('REVOKE ALL ON "select" FROM reader')
            return await super().profile(table, max_values)

    with psycopg.connect(odd_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    target = Forbidden(odd_url.replace("postgresql://postgres", "postgresql://reader", 1))
    report = await survey(world, target, odd_url)
    await target.close()
    with psycopg.connect(odd_url, autocommit=True) as connection:
        connection.execute("DROP OWNED BY reader")
        connection.execute("DROP ROLE reader")
    assert "public.select could not be sampled (permission)." in report.problems
    result = await world.retriever.find("find Reineke", "odd")
    assert "Reineke" in {hit.value for hit in result.values}


async def test_a_schema_that_changes_meanwhile_is_caught_up_with(world: MapEnvironment, odd_url: str) -> None:
    class Moving(PostgresTarget):
        moved = False

        async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
            if not self.moved:
                self.moved = True
                with psycopg.connect(odd_url, autocommit=True) as connection:
                    connection.execute('DROP TABLE "🦊"')
                    connection.execute('ALTER TABLE "select" DROP COLUMN "from"')
                    connection.execute("CREATE TABLE later (name text)")
            return await super().profile(table, max_values)

    target = Moving(odd_url)
    report = await survey(world, target, odd_url)
    assert "public.🦊 could not be sampled (unknown_name)." in report.problems
    again = await survey(world, target, odd_url)
    await target.close()
    assert again.drift.tables_removed == ("public.🦊",)
    assert again.drift.tables_added == ("public.later",)
    assert again.drift.columns_removed == ("public.select.from",)
    assert str(again.drift) == "1 table added, 1 table removed, 1 column removed"
