import asyncio
import gc
import random
import warnings

import pytest

from store.conversations import Conversations
from store.database import Database


@pytest.mark.parametrize("times", [1, 2])
async def test_who_is_cancelled_at_any_moment_leaves_no_connection_behind(
    database: Database, times: int
) -> None:
    conversations = Conversations(database.engine)
    id = (await conversations.create("ann", "shop")).id
    moments = random.Random(1)
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        for _ in range(150):
            finding = asyncio.create_task(conversations.find("ann", id))
            await asyncio.wait([finding], timeout=moments.random() / 500)
            for _ in range(times):
                finding.cancel()
                await asyncio.sleep(0)
            await asyncio.wait([finding])
        # What was given up twice is given back in the background.
        await asyncio.sleep(0.1)
        gc.collect()
    assert complaints == []
    assert (await conversations.find("ann", id)).id == id
