import psycopg
import pytest

from store.targets.postgres.target import PostgresTarget

TABLES = """
CREATE TABLE plain (a int);
CREATE TABLE quiet (a int);
CREATE TABLE parted (a int) PARTITION BY RANGE (a);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM plain;
CREATE VIEW looked AS SELECT * FROM plain;
INSERT INTO plain VALUES (1);
"""


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ("INSERT INTO plain VALUES (2)", "public.plain"),
        ("UPDATE plain SET a = 3", "public.plain"),
        ("DELETE FROM plain", "public.plain"),
        ("TRUNCATE plain", "public.plain"),
        ("INSERT INTO parted VALUES (5)", "public.parted"),
        ("REFRESH MATERIALIZED VIEW seen", "public.seen"),
    ],
)
async def test_a_change_leaves_a_trace_on_its_table_alone(blank_url: str, change: str, touched: str) -> None:
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute(TABLES)
    target = PostgresTarget(blank_url)
    before = (await target.change_tokens()).tables
    assert before == (await target.change_tokens()).tables
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute(change.encode())
        connection.execute("SELECT pg_stat_force_next_flush()")
    after = (await target.change_tokens()).tables
    await target.close()
    assert {name for name in before if before[name] != after[name]} == {touched}
    # Views are counted nowhere, so they are always looked at; partitions count for their parent.
    assert before.keys() == {"public.plain", "public.quiet", "public.parted", "public.seen"}
