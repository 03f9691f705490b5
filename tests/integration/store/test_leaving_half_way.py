import asyncio
import gc
import random
import warnings

from store.conversations import Conversations
from store.database import Database


async def test_who_is_cancelled_at_any_moment_leaves_no_connection_behind(database: Database) -> None:
    conversations = Conversations(database.engine)
    id = (await conversations.create("ann", "shop")).id
    moments = random.Random(1)
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        for _ in range(150):
            finding = asyncio.create_task(conversations.find("ann", id))
            await asyncio.wait([finding], timeout=moments.random() / 500)
            finding.cancel()
            await asyncio.wait([finding])
        gc.collect()
    assert complaints == []
    assert (await conversations.find("ann", id)).id == id
