import asyncio
from collections.abc import Mapping, Sequence

import pytest

from schema_docs.errors import NotMapped, SyncInProgress
from schema_docs.sync.sync import SyncOptions
from store.catalog import Table
from store.errors import QueryFailed, TargetUnavailable
from store.maps.records import SchemaElement
from store.targets.sqlite.target import SqliteTarget
from store.targets.target import ColumnProfile
from tests.fixtures.mapped_database import MapEnvironment

NOTES = """
models:
  - name: orders
    description: What people bought.
    columns:
      - name: colour
      - name: status
        tests: [{accepted_values: {values: [paid, returned]}}]
"""


async def test_a_survey_draws_the_whole_map(world: MapEnvironment) -> None:
    report = await world.sync(await world.add("shop"))
    assert (report.version, report.tables, report.columns, report.passages) == (1, 4, 14, 18)
    assert report.drift.tables_added == ("cities", "customers", "orders", "reviews")
    schema = await world.retriever.schema("shop")
    assert (schema.connection, schema.version) == ("shop", 1)
    assert schema.catalog.table("orders") is not None
    profile = schema.profile("cities", "country")
    assert profile is not None
    assert profile.values[0] == "USA"


async def test_a_survey_tells_what_its_index_took(world: MapEnvironment) -> None:
    connection = await world.add("shop")
    report = await world.sync(connection)
    assert report.index_bytes > 10_000
    assert 0 < report.embedding_seconds + report.index_seconds <= report.seconds
    again = await world.sync(connection)
    assert (again.changed, again.index_bytes, again.embedding_seconds) == (False, 0, 0)


async def test_an_unchanged_target_keeps_its_version_and_nothing_is_embedded(world: MapEnvironment) -> None:
    connection = await world.add("shop")
    await world.sync(connection)
    schema = await world.retriever.schema("shop")
    again = await world.sync(connection)
    assert (again.version, again.changed, again.embedded) == (1, False, 0)
    assert await world.retriever.schema("shop") is schema


async def test_a_new_column_makes_a_new_version_and_only_what_changed_is_embedded(
    world: MapEnvironment,
) -> None:
    connection = await world.add("shop")
    await world.sync(connection)
    world.change("shop", "ALTER TABLE orders ADD COLUMN courier TEXT; DROP TABLE reviews")
    report = await world.sync(connection)
    assert (report.version, report.changed) == (2, True)
    assert (report.drift.columns_added, report.drift.tables_removed) == (("orders.courier",), ("reviews",))
    assert report.embedded == 2  # the new column, and the table whose columns it names
    stored = await world.store.load_stored(connection.id)
    assert stored is not None
    assert SchemaElement("orders", "courier") in stored.passages
    assert not [place for place in stored.passages if place.table == "reviews"]
    assert (await world.retriever.schema("shop")).version == 2


async def test_values_that_are_gone_are_no_longer_found(world: MapEnvironment) -> None:
    connection = await world.add("shop")
    await world.sync(connection)
    world.change("shop", "UPDATE cities SET name = 'Potsdam' WHERE name = 'Berlin'; DROP TABLE customers")
    await world.sync(connection)
    values = {value for _, _, value in await world.store.values(connection.id)}
    assert "Potsdam" in values
    assert not values & {"Berlin", "Ada"}


async def test_what_notes_say_is_on_the_map_and_what_they_get_wrong_is_reported(
    world: MapEnvironment,
) -> None:
    connection = await world.add("shop")
    report = await world.sync(connection, NOTES)
    assert report.problems == ("shop.yml, line 6: orders has no column 'colour'.",)
    schema = await world.retriever.schema("shop")
    assert schema.note("orders").description == "What people bought."
    assert schema.note("orders", "status").accepted_values == ("paid", "returned")


async def test_notes_stay_when_a_later_survey_brings_none(world: MapEnvironment) -> None:
    connection = await world.add("shop")
    await world.sync(connection, NOTES)
    again = await world.sync(connection)
    assert not again.changed
    assert (await world.retriever.schema("shop")).note("orders").description == "What people bought."


async def test_a_table_that_refuses_is_reported_and_the_rest_goes_on(world: MapEnvironment) -> None:
    class Picky(SqliteTarget):
        async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
            if table.name == "orders":
                raise QueryFailed("SELECT", "permission", "no")
            return await super().profile(table, max_values)

    connection = await world.add("shop")
    target = Picky(world.path("shop"))
    report = await world.synchronizer.sync(connection, target)
    await target.close()
    assert report.problems == ("orders could not be sampled (permission).",)
    schema = await world.retriever.schema("shop")
    assert schema.profile("orders", "status") is None
    assert schema.profile("cities", "name") is not None


async def test_a_target_that_breaks_half_way_leaves_the_map_as_it_was(world: MapEnvironment) -> None:
    class Broken(SqliteTarget):
        async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
            if table.name == "orders":
                raise TargetUnavailable("It is gone.")
            return await super().profile(table, max_values)

    connection = await world.add("shop")
    await world.sync(connection)
    world.change("shop", "ALTER TABLE orders ADD COLUMN courier TEXT")
    target = Broken(world.path("shop"))
    with pytest.raises(TargetUnavailable):
        await world.synchronizer.sync(connection, target)
    await target.close()
    assert (await world.retriever.schema("shop")).version == 1
    assert (await world.sync(connection)).version == 2


async def test_a_map_is_drawn_by_one_at_a_time(world: MapEnvironment) -> None:
    connection, other = await world.add("shop"), await world.add("other")
    async with world.store.try_lock(connection.id):
        with pytest.raises(SyncInProgress):
            await world.sync(connection)
        await world.sync(other)
    assert (await world.sync(connection)).version == 1


async def test_a_cancelled_survey_lets_the_next_one_in(world: MapEnvironment) -> None:
    class Slow(SqliteTarget):
        entered = asyncio.Event()

        async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
            self.entered.set()
            await asyncio.Event().wait()
            return ()

    connection = await world.add("shop")
    target = Slow(world.path("shop"))
    task = asyncio.create_task(world.synchronizer.sync(connection, target))
    await target.entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await target.close()
    with pytest.raises(NotMapped):
        await world.retriever.schema("shop")
    assert (await world.sync(connection)).version == 1


async def test_progress_begins_with_nothing_and_ends_with_all(world: MapEnvironment) -> None:
    report: list[tuple[str, int, int]] = []
    connection = await world.add("shop")
    target = SqliteTarget(world.path("shop"))
    await world.synchronizer.sync(connection, target, None, lambda *given: report.append(given))
    await target.close()
    for task in {task for task, _, _ in report}:
        steps = [(done, total) for name, done, total in report if name == task]
        assert steps[0][0] == 0
        assert steps[-1][0] == steps[-1][1]


async def test_names_and_values_that_are_hard_to_keep_are_no_trouble(world: MapEnvironment) -> None:
    script = """
    CREATE TABLE "a ""b"" 🦊.c" ("select" TEXT, "x.y" TEXT, "" TEXT);
    INSERT INTO "a ""b"" 🦊.c" VALUES ('tab	' || char(10) || '\\N', 'back\\slash', 'a' || char(0));
    CREATE VIEW broken AS SELECT * FROM gone;
    """
    connection = await world.add("odd", script)
    report = await world.sync(connection)
    assert report.tables >= 1
    values = {value for _, _, value in await world.store.values(connection.id)}
    assert {"tab\t\n\\N", "back\\slash"} <= values
    assert (await world.sync(connection)).changed is False


async def test_removing_a_connection_removes_all_of_its_map(world: MapEnvironment) -> None:
    connection = await world.add("shop")
    await world.sync(connection, NOTES)
    await world.connections.remove("shop")
    with pytest.raises(NotMapped):
        await world.retriever.schema("shop")
    assert (
        await world.store._database.fetch(
            "SELECT FROM maps UNION ALL SELECT FROM map_versions UNION ALL SELECT FROM map_notes"
            " UNION ALL SELECT FROM map_passages UNION ALL SELECT FROM map_values"
        )
        == []
    )


async def test_what_has_not_changed_is_not_looked_at_again_unless_all_of_it_is_wanted(
    world: MapEnvironment,
) -> None:
    class Counting(SqliteTarget):
        looked: list[str]

        async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
            self.looked.append(table.name)
            return await super().profile(table, max_values)

    connection = await world.add("shop")
    await world.sync(connection)
    values = sorted(await world.store.values(connection.id))
    target = Counting(world.path("shop"))
    target.looked = []
    same = await world.synchronizer.sync(connection, target)
    assert (target.looked, same.changed, same.values) == ([], False, len(values))
    whole = await world.synchronizer.sync(connection, target, options=SyncOptions(full=True))
    assert (sorted(target.looked), whole.embedded) == (["cities", "customers", "orders", "reviews"], 18)
    await target.close()
    assert sorted(await world.store.values(connection.id)) == values


async def test_what_a_killed_survey_had_noted_is_not_looked_at_again(world: MapEnvironment) -> None:
    class MemoryCheckpoint:
        def __init__(self) -> None:
            self.saved: dict[str, str] = {}

        async def load(self) -> dict[str, str]:
            return self.saved

        async def save(self, profiles: Mapping[str, str]) -> None:
            self.saved.update(profiles)

    connection = await world.add("shop", "".join(f"CREATE TABLE t{n} (a TEXT);" for n in range(120)))
    world.change("shop", "INSERT INTO t0 VALUES ('Ada')")
    checkpoint = MemoryCheckpoint()
    target = SqliteTarget(world.path("shop"))
    await world.synchronizer.sync(connection, target, options=SyncOptions(checkpoint=checkpoint))
    saved = len(checkpoint.saved)
    assert 50 <= saved < 120
    report: list[tuple[int, int]] = []
    progress = lambda task, done, total: report.append((done, total))  # noqa: E731
    await world.synchronizer.sync(
        connection, target, None, progress, SyncOptions(full=True, checkpoint=checkpoint)
    )
    await target.close()
    assert (saved, 120) in report
    assert await world.store.values(connection.id) == [("t0", "a", "Ada")]
