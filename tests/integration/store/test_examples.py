from uuid import UUID

import pytest

from store.connections.connections import Connections
from store.connections.encryption import Sealer
from store.database import Database
from store.errors import NotFound
from store.examples import Examples, NewExample

HOW_MANY = NewExample("How many?", "SELECT count(*) FROM pets", "ann", "verified", ("a", "b"))
WHO = NewExample("Who?", "SELECT name FROM pets", "bob")


@pytest.fixture
async def pets(database: Database) -> UUID:
    return (await Connections(database, Sealer(bytes(32))).add("pets", "sqlite:////data/pets.db")).id


async def test_examples_are_kept_once(database: Database, pets: UUID) -> None:
    examples = Examples(database.engine)
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
    examples = Examples(database.engine)
    await examples.add(pets, [HOW_MANY])
    (kept,) = await examples.unjudged(pets, 1)
    await examples.judged(pets, 1, {kept.id: "There is no table pets."})
    (gone,) = await examples.all(pets, "retired")
    assert gone.reason == "There is no table pets."
    assert await examples.unjudged(pets, 2) == []
    assert await examples.add(pets, [HOW_MANY]) == 1
    (awake,) = await examples.all(pets, "verified")
    assert (awake.id, awake.reason) == (gone.id, "")


async def test_examples_are_judged_once_for_a_version(database: Database, pets: UUID) -> None:
    examples = Examples(database.engine)
    await examples.add(pets, [HOW_MANY, WHO])
    assert len(await examples.unjudged(pets, 1)) == 2
    await examples.judged(pets, 1, {})
    assert await examples.unjudged(pets, 1) == []
    assert len(await examples.unjudged(pets, 2)) == 2


async def test_a_proposal_does_not_touch_what_is_verified(database: Database, pets: UUID) -> None:
    examples = Examples(database.engine)
    await examples.add(pets, [HOW_MANY])
    assert not await examples.propose("pets", NewExample("How many?", HOW_MANY.sql, "eve"))
    assert await examples.propose("pets", WHO)
    assert not await examples.propose("nobody", WHO)
    assert {each.author for each in await examples.all(pets)} == {"ann", "bob"}


async def test_a_decision_is_about_an_example_that_is_there(database: Database, pets: UUID) -> None:
    examples = Examples(database.engine)
    with pytest.raises(NotFound):
        await examples.decide(pets, 1_000_000, "retired")
