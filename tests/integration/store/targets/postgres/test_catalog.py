import psycopg

from store.targets.postgres.target import PostgresTarget

EVERYTHING = """
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN humour AS mood;
CREATE TABLE people (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT 'nobody', mood mood,
    humour humour, height int, doubled int GENERATED ALWAYS AS (height * 2) STORED
);
COMMENT ON TABLE people IS 'Who there is.';
COMMENT ON COLUMN people.mood IS 'How they feel.';
CREATE INDEX people_by_name ON people (name, height);
CREATE INDEX people_by_part ON people (height) WHERE height > 0;
CREATE INDEX people_by_lower ON people (lower(name));
CREATE TABLE parted (at date, who int REFERENCES people) PARTITION BY RANGE (at);
CREATE TABLE parted_now PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM people;
CREATE VIEW seen AS SELECT name FROM people;
CREATE EXTENSION IF NOT EXISTS plpgsql;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER afar FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE distant (a int) SERVER afar;
"""


async def test_all_that_can_be_read_is_in_the_catalog_with_what_is_said_of_it(blank_url: str) -> None:
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute(EVERYTHING)
    target = PostgresTarget(blank_url)
    catalog = await target.catalog()
    await target.close()
    assert [table.name for table in catalog] == ["counted", "distant", "parted", "people", "seen"]
    assert [table.name for table in catalog if table.is_view] == ["counted", "seen"]
    people, parted = catalog.table("people"), catalog.table("parted")
    assert people is not None
    assert parted is not None
    assert people.comment == "Who there is."
    assert people.indexes == (("id",), ("name", "height"))
    assert [key.referenced_table for key in parted.foreign_keys] == ["public.people"]
    columns = {column.name: column for column in people.columns}
    assert columns["id"].default == "GENERATED ALWAYS AS IDENTITY"
    assert (columns["name"].default, columns["name"].nullable) == ("'nobody'::text", False)
    assert (columns["mood"].labels, columns["mood"].kind) == (("sad", "glad"), "text")
    assert columns["humour"].labels == ("sad", "glad")
    assert columns["mood"].comment == "How they feel."
    assert (columns["doubled"].generated, columns["doubled"].default) == (True, "(height * 2)")
    assert not columns["height"].generated
