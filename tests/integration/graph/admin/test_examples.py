"""Answers that a person approved become proposals."""

from agent.analyst import Intent
from store.connections.connections import ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import Database
from store.examples import Example, ExampleStore
from tests.fixtures.eventually import eventually
from tests.fixtures.runner import VALID_DRAFT, create_conversation, events_until_end, open_scripted_runs
from tests.fixtures.scripted_analyst import ScriptedAnalyst, ScriptedTarget


async def proposals(database: Database, decision: str) -> list[Example]:
    connection = await ConnectionStore(database, CredentialCipher(bytes(32))).add(
        "pets", "sqlite:////data/pets.db"
    )
    examples, here = ExampleStore(database), await create_conversation(database)
    analyst = ScriptedAnalyst(intents=[Intent("data", "Which pets are there?")], drafts=[VALID_DRAFT])
    async with open_scripted_runs(database, analyst, ScriptedTarget(), approve="always") as runner:
        await runner.start("me", here, "Which pets?")
        waiting = await events_until_end(runner, here)
        asked = next(event for event in waiting if event.channel == "input")
        await runner.respond("me", here, asked.payload["interrupt_id"], {"decision": decision})
        await events_until_end(runner, here, since=waiting[-1].seq)
        if decision == "approve":
            # The proposal is written after the run has ended, without an event.
            await eventually(lambda: examples.all(connection.id))
    return await examples.all(connection.id)


async def test_an_answer_that_a_person_approved_is_proposed(database: Database) -> None:
    (proposed,) = await proposals(database, "approve")
    assert (proposed.question, proposed.sql) == ("Which pets are there?", VALID_DRAFT.sql)
    assert (proposed.status, proposed.author, proposed.tags) == ("proposed", "me", ("approved",))


async def test_an_answer_that_was_refused_is_not(database: Database) -> None:
    assert await proposals(database, "refuse") == []
