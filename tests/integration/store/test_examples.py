"""Example store: adding, proposing, checking and archiving."""

from uuid import UUID

import pytest

from store.connections.connections import ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import Database
from store.errors import NotFound
from store.examples import ExampleStore, NewExample

HOW_MANY = NewExample("How many?", "SELECT count(*) FROM pets", "ann", "verified", ("a", "b"))
WHO = NewExample("Who?", "SELECT name FROM pets", "bob")


@pytest.fixture
async def pets(database: Database) -> UUID:
    return (
        await ConnectionStore(database, CredentialCipher(bytes(32))).add("pets", "sqlite:////data/pets.db")
    ).id


async def test_examples_are_kept_once(database: Database, pets: UUID) -> None:
    examples = ExampleStore(database)
    assert await examples.add(pets, [HOW_MANY, WHO]) == 2
    assert await examples.add(pets, [HOW_MANY, WHO]) == 0
    assert [(each.question, each.status, each.tags) for each in await examples.all(pets)] == [
        ("Who?", "proposed", ()),
        ("How many?", "verified", ("a", "b")),
    ]
    assert [each.question for each in await examples.all(pets, "verified")] == ["How many?"]


async def test_an_example_is_retired_for_a_reason_and_wakes_when_it_is_verified(
    database: Database, pets: UUID
) -> None:
    examples = ExampleStore(database)
    await examples.add(pets, [HOW_MANY])
    (example,) = await examples.list_unchecked(pets, 1)
    await examples.mark_checked(pets, 1, {example.id: "There is no table pets."})
    (gone,) = await examples.all(pets, "archived")
    assert gone.reason == "There is no table pets."
    assert await examples.list_unchecked(pets, 2) == []
    assert await examples.add(pets, [HOW_MANY]) == 1
    (awake,) = await examples.all(pets, "verified")
    assert (awake.id, awake.reason) == (gone.id, "")


async def test_examples_are_judged_once_for_a_version(database: Database, pets: UUID) -> None:
    examples = ExampleStore(database)
    await examples.add(pets, [HOW_MANY, WHO])
    assert len(await examples.list_unchecked(pets, 1)) == 2
    await examples.mark_checked(pets, 1, {})
    assert await examples.list_unchecked(pets, 1) == []
    assert len(await examples.list_unchecked(pets, 2)) == 2


async def test_a_proposal_does_not_touch_what_is_verified(database: Database, pets: UUID) -> None:
    examples = ExampleStore(database)
    await examples.add(pets, [HOW_MANY])
    assert not await examples.propose("pets", NewExample("How many?", HOW_MANY.sql, "eve"))
    assert await examples.propose("pets", WHO)
    assert not await examples.propose("nobody", WHO)
    assert {each.author for each in await examples.all(pets)} == {"ann", "bob"}


async def test_a_decision_is_about_an_example_that_is_there(database: Database, pets: UUID) -> None:
    examples = ExampleStore(database)
    with pytest.raises(NotFound):
        await examples.set_status(pets, 1_000_000, "archived")
