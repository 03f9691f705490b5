"""Conversation store: ownership, titles and deletion."""

from uuid import uuid4

import pytest

from store.conversations import ConversationStore, make_title
from store.database import Database
from store.errors import LeaseLost, NotFound
from store.runs.events import NewEvent
from store.runs.records import NewRun
from store.runs.runs import RunStore


@pytest.fixture
def conversations(database: Database) -> ConversationStore:
    return ConversationStore(database)


async def test_a_conversation_can_be_found_again(conversations: ConversationStore) -> None:
    conversation = await conversations.create("ann", "shop")
    assert (conversation.user, conversation.database, conversation.title) == ("ann", "shop", None)
    assert await conversations.find("ann", conversation.id) == conversation


async def test_a_conversation_of_somebody_else_is_not_found(conversations: ConversationStore) -> None:
    conversation = await conversations.create("ann", "shop")
    with pytest.raises(NotFound):
        await conversations.find("bob", conversation.id)
    with pytest.raises(NotFound):
        await conversations.remove("bob", conversation.id)
    assert await conversations.list_for_user("bob") == []


async def test_the_conversation_used_last_comes_first(
    database: Database, conversations: ConversationStore
) -> None:
    old, new = [await conversations.create("ann", "shop") for _ in range(2)]
    assert [each.id for each in await conversations.list_for_user("ann")] == [new.id, old.id]
    await RunStore(database).begin(NewRun(old.id, {"question": "?"}), "us", 60)
    assert [each.id for each in await conversations.list_for_user("ann")] == [old.id, new.id]
    assert [each.id for each in await conversations.list_for_user("ann", limit=1)] == [old.id]


async def test_a_conversation_gets_a_title(conversations: ConversationStore) -> None:
    conversation = await conversations.create("ann", "shop")
    await conversations.set_title(conversation.id, "Orders\0 of June")
    assert (await conversations.find("ann", conversation.id)).title == "Orders of June"


async def test_the_first_question_is_the_title(database: Database, conversations: ConversationStore) -> None:
    store, conversation = RunStore(database), await conversations.create("ann", "shop")
    for question in ("How\0 many?", "And now?"):
        begun = await store.begin(NewRun(conversation.id, {"question": question}, title=question), "us", 60)
        await store.finish(begun.run, "completed", "us")
    assert (await conversations.find("ann", conversation.id)).title == "How many?"


async def test_what_a_conversation_is_about_is_told_to_nobody_else(conversations: ConversationStore) -> None:
    conversation = await conversations.create("ann", "shop")
    assert await conversations.find_database("ann", conversation.id) == "shop"
    with pytest.raises(NotFound):
        await conversations.find_database("bob", conversation.id)


async def test_a_better_title_replaces_the_question_and_nothing_else(
    conversations: ConversationStore,
) -> None:
    conversation = await conversations.create("ann", "shop")
    question = make_title("How many orders were there in June? " * 9)
    await conversations.set_title(conversation.id, question)
    await conversations.replace_title(conversation.id, "Orders of\0 June", question)
    assert (await conversations.find("ann", conversation.id)).title == "Orders of June"
    await conversations.replace_title(conversation.id, "Something else", question)
    assert (await conversations.find("ann", conversation.id)).title == "Orders of June"


async def test_what_is_removed_is_gone_with_its_runs_and_events(
    database: Database, conversations: ConversationStore
) -> None:
    conversation = await conversations.create("ann", "shop")
    store = RunStore(database)
    run = (await store.begin(NewRun(conversation.id, {"question": "?"}), "us", 60)).run
    await store.append(run, [NewEvent("messages", {})], "us")
    await conversations.remove("ann", conversation.id)
    assert await store.events_after(conversation.id, 0) == []
    with pytest.raises(NotFound):
        await store.find(run.id)
    with pytest.raises(LeaseLost):
        await store.append(run, [NewEvent("messages", {})], "us")


async def test_what_never_was_cannot_be_removed(conversations: ConversationStore) -> None:
    with pytest.raises(NotFound):
        await conversations.remove("ann", uuid4())
