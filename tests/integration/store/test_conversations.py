from uuid import uuid4

import pytest

from store.conversations import Conversations, title_from
from store.database import Database
from store.errors import LeaseLost, NotFound
from store.runs.events import NewEvent
from store.runs.records import NewRun
from store.runs.runs import Ledger


@pytest.fixture
def conversations(database: Database) -> Conversations:
    return Conversations(database.engine)


async def test_a_conversation_can_be_found_again(conversations: Conversations) -> None:
    made = await conversations.create("ann", "shop")
    assert (made.asker, made.database, made.title) == ("ann", "shop", None)
    assert await conversations.find("ann", made.id) == made


async def test_a_conversation_of_somebody_else_is_not_found(conversations: Conversations) -> None:
    made = await conversations.create("ann", "shop")
    with pytest.raises(NotFound):
        await conversations.find("bob", made.id)
    with pytest.raises(NotFound):
        await conversations.remove("bob", made.id)
    assert await conversations.all_of("bob") == []


async def test_the_conversation_used_last_comes_first(
    database: Database, conversations: Conversations
) -> None:
    old, new = [await conversations.create("ann", "shop") for _ in range(2)]
    assert [one.id for one in await conversations.all_of("ann")] == [new.id, old.id]
    await Ledger(database).begin(NewRun(old.id, {"question": "?"}), "us", 60)
    assert [one.id for one in await conversations.all_of("ann")] == [old.id, new.id]
    assert [one.id for one in await conversations.all_of("ann", most=1)] == [old.id]


async def test_a_conversation_gets_a_title(conversations: Conversations) -> None:
    made = await conversations.create("ann", "shop")
    await conversations.entitle(made.id, "Orders\0 of June")
    assert (await conversations.find("ann", made.id)).title == "Orders of June"


async def test_the_first_question_is_the_title(database: Database, conversations: Conversations) -> None:
    ledger, made = Ledger(database), await conversations.create("ann", "shop")
    for question in ("How\0 many?", "And now?"):
        begun = await ledger.begin(NewRun(made.id, {"question": question}, title=question), "us", 60)
        await ledger.finish(begun.run, "completed", "us")
    assert (await conversations.find("ann", made.id)).title == "How many?"


async def test_what_a_conversation_is_about_is_told_to_nobody_else(conversations: Conversations) -> None:
    made = await conversations.create("ann", "shop")
    assert await conversations.database_of("ann", made.id) == "shop"
    with pytest.raises(NotFound):
        await conversations.database_of("bob", made.id)


async def test_a_better_title_replaces_the_question_and_nothing_else(conversations: Conversations) -> None:
    made = await conversations.create("ann", "shop")
    question = title_from("How many orders were there in June? " * 9)
    await conversations.entitle(made.id, question)
    await conversations.entitle_instead(made.id, "Orders of\0 June", question)
    assert (await conversations.find("ann", made.id)).title == "Orders of June"
    await conversations.entitle_instead(made.id, "Something else", question)
    assert (await conversations.find("ann", made.id)).title == "Orders of June"


async def test_what_is_removed_is_gone_with_its_runs_and_events(
    database: Database, conversations: Conversations
) -> None:
    made = await conversations.create("ann", "shop")
    ledger = Ledger(database)
    run = (await ledger.begin(NewRun(made.id, {"question": "?"}), "us", 60)).run
    await ledger.append(run, [NewEvent("messages", {})], "us")
    await conversations.remove("ann", made.id)
    assert await ledger.events_after(made.id, 0) == []
    with pytest.raises(NotFound):
        await ledger.find(run.id)
    with pytest.raises(LeaseLost):
        await ledger.append(run, [NewEvent("messages", {})], "us")


async def test_what_never_was_cannot_be_removed(conversations: Conversations) -> None:
    with pytest.raises(NotFound):
        await conversations.remove("ann", uuid4())
