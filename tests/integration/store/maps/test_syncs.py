"""Sync records: progress, checkpoints and schedule."""

import pytest

from store.connections.connections import ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import Database
from store.maps.syncs import MAX_FINISHED_SYNCS, SchemaSync, SchemaSyncStore


@pytest.fixture
async def syncs(database: Database) -> SchemaSyncStore:
    connections = ConnectionStore(database, CredentialCipher(bytes(32)))
    for name in ("pets", "shop"):
        await connections.replace(name, f"sqlite:///{name}.sqlite", "")
    return SchemaSyncStore(database)


async def ask(syncs: SchemaSyncStore, name: str = "pets", *, full: bool = False) -> SchemaSync:
    requested = await syncs.request(name, full=full)
    assert requested is not None
    return requested[0]


async def latest(syncs: SchemaSyncStore, name: str = "pets") -> SchemaSync:
    return (await syncs.list_for_connection(name, 1))[0]


async def test_one_sync_at_a_time_is_asked_for_each_connection(syncs: SchemaSyncStore) -> None:
    first = await ask(syncs)
    again = await syncs.request("pets", full=True)
    assert again is not None
    assert (again[0].id, again[1]) == (first.id, False)
    other = await syncs.request("shop", full=False)
    assert other is not None
    assert other[1]
    await syncs.finish(first.id, error="It broke.")
    assert (await ask(syncs)).id != first.id


async def test_nobody_syncs_what_is_not_there(syncs: SchemaSyncStore) -> None:
    assert await syncs.request("cars", full=False) is None
    assert await syncs.list_for_connection("cars") == []


async def test_a_sync_begins_gets_on_and_ends(syncs: SchemaSyncStore) -> None:
    sync = await ask(syncs)
    assert await syncs.start(sync.id)
    await syncs.update_progress(sync.id, "Looking", 3, 4)
    running = await latest(syncs)
    assert (running.status, running.task, running.done, running.total, running.attempts) == (
        "running",
        "Looking",
        3,
        4,
        1,
    )
    await syncs.finish(sync.id, report={"version": 7})
    ended = await latest(syncs)
    assert (ended.status, ended.report, ended.finished_at is None) == ("done", {"version": 7}, False)
    assert not await syncs.start(sync.id)


async def test_a_cancelled_one_does_not_begin_and_an_unwanted_end_is_none(syncs: SchemaSyncStore) -> None:
    sync = await ask(syncs)
    assert not await syncs.finish_cancelled(sync.id)
    await syncs.request_cancel(sync.id)
    assert not await syncs.start(sync.id)
    assert await syncs.finish_cancelled(sync.id)
    assert (await latest(syncs)).status == "cancelled"


async def test_what_was_noted_is_recalled_until_the_end(syncs: SchemaSyncStore) -> None:
    sync, other = await ask(syncs), await ask(syncs, "shop")
    await syncs.save_checkpoints(sync.id, {"a": "1", "b": "2"})
    await syncs.save_checkpoints(sync.id, {"b": "3"})
    assert await syncs.load_checkpoints(sync.id) == {"a": "1", "b": "3"}
    assert await syncs.load_checkpoints(other.id) == {}
    await syncs.finish(sync.id, report={})
    assert await syncs.load_checkpoints(sync.id) == {}


async def test_only_the_latest_are_kept(syncs: SchemaSyncStore) -> None:
    for _ in range(MAX_FINISHED_SYNCS + 3):
        await syncs.finish((await ask(syncs)).id, report={})
    await ask(syncs)
    assert len(await syncs.list_for_connection("pets", 100)) == MAX_FINISHED_SYNCS + 1


async def test_a_map_is_due_when_it_is_old_or_made_by_another_embedder(
    syncs: SchemaSyncStore, database: Database
) -> None:
    await database.execute(
        "INSERT INTO maps"
        " (connection_id, version, content_hash, change_tokens, embedder, synced_at, checked_at)"
        " SELECT id, 1, '', '{}', 'words', now(), now() - interval '1 hour' FROM connections"
        " WHERE name = 'pets'"
    )
    assert await syncs.list_stale(7_200, "words") == []
    assert await syncs.list_stale(1_800, "words") == ["pets"]
    assert await syncs.list_stale(7_200, "others") == ["pets"]
    # Neither while one is under way, nor right after one has failed.
    sync = await ask(syncs)
    assert await syncs.list_stale(1_800, "words") == []
    await syncs.finish(sync.id, error="It broke.")
    assert await syncs.list_stale(1_800, "words") == []
