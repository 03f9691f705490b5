from datetime import timedelta

import pytest

from store.connections.connections import Connections
from store.connections.encryption import Sealer
from store.database import Database
from store.maps.syncs import KEPT, Sync, Syncs


@pytest.fixture
async def syncs(database: Database) -> Syncs:
    connections = Connections(database, Sealer(bytes(32)))
    for name in ("pets", "shop"):
        await connections.replace(name, f"sqlite:///{name}.sqlite", "")
    return Syncs(database)


async def ask(syncs: Syncs, name: str = "pets", *, full: bool = False) -> Sync:
    found = await syncs.ask(name, full=full)
    assert found is not None
    return found[0]


async def latest(syncs: Syncs, name: str = "pets") -> Sync:
    return (await syncs.of(name, 1))[0]


async def test_one_sync_at_a_time_is_asked_for_each_connection(syncs: Syncs) -> None:
    first = await ask(syncs)
    again = await syncs.ask("pets", full=True)
    assert again is not None
    assert (again[0].id, again[1]) == (first.id, False)
    other = await syncs.ask("shop", full=False)
    assert other is not None
    assert other[1]
    await syncs.end(first.id, error="It broke.")
    assert (await ask(syncs)).id != first.id


async def test_nobody_syncs_what_is_not_there(syncs: Syncs) -> None:
    assert await syncs.ask("cars", full=False) is None
    assert await syncs.of("cars") == []


async def test_a_sync_begins_gets_on_and_ends(syncs: Syncs) -> None:
    sync = await ask(syncs)
    assert await syncs.begin(sync.id)
    await syncs.tell(sync.id, "Looking", 3, 4)
    told = await latest(syncs)
    assert (told.status, told.task, told.done, told.total, told.attempts) == ("running", "Looking", 3, 4, 1)
    await syncs.end(sync.id, report={"version": 7})
    ended = await latest(syncs)
    assert (ended.status, ended.report, ended.ended_at is None) == ("done", {"version": 7}, False)
    assert not await syncs.begin(sync.id)


async def test_a_cancelled_one_does_not_begin_and_an_unwanted_end_is_none(syncs: Syncs) -> None:
    sync = await ask(syncs)
    assert not await syncs.end_cancelled(sync.id)
    await syncs.want_cancelled(sync.id)
    assert not await syncs.begin(sync.id)
    assert await syncs.end_cancelled(sync.id)
    assert (await latest(syncs)).status == "cancelled"


async def test_what_was_noted_is_recalled_until_the_end(syncs: Syncs) -> None:
    sync, other = await ask(syncs), await ask(syncs, "shop")
    await syncs.note(sync.id, {"a": "1", "b": "2"})
    await syncs.note(sync.id, {"b": "3"})
    assert await syncs.recall(sync.id) == {"a": "1", "b": "3"}
    assert await syncs.recall(other.id) == {}
    await syncs.end(sync.id, report={})
    assert await syncs.recall(sync.id) == {}


async def test_only_the_latest_are_kept(syncs: Syncs) -> None:
    for _ in range(KEPT + 3):
        await syncs.end((await ask(syncs)).id, report={})
    await ask(syncs)
    assert len(await syncs.of("pets", 100)) == KEPT + 1


async def test_a_map_is_due_when_it_is_old_or_made_by_another_embedder(
    syncs: Syncs, database: Database
) -> None:
    hour = timedelta(hours=1)
    async with database.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO maps (connection_id, version, content_hash, embedder, synced_at, checked_at) "
            "SELECT id, 1, '', 'words', now(), now() - %(ago)s FROM connections WHERE name = 'pets'",
            {"ago": hour},
        )
    assert await syncs.due(7_200, "words") == []
    assert await syncs.due(1_800, "words") == ["pets"]
    assert await syncs.due(7_200, "others") == ["pets"]
    # Neither while one is under way, nor right after one has failed.
    sync = await ask(syncs)
    assert await syncs.due(1_800, "words") == []
    await syncs.end(sync.id, error="It broke.")
    assert await syncs.due(1_800, "words") == []
