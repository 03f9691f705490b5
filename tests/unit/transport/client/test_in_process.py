from types import SimpleNamespace
from typing import Any, cast

import pytest

from store.connections.connections import Connection
from store.errors import NotFound
from transport.client.client import RefusedByService
from transport.client.in_process import InProcessClient


class NoConnections:
    async def find(self, name: str) -> Connection:
        raise NotFound("connection", name)


def within() -> InProcessClient:
    return InProcessClient(
        cast(Any, SimpleNamespace(components=SimpleNamespace(connections=NoConnections())))
    )


async def test_an_id_that_is_none_names_no_conversation() -> None:
    with pytest.raises(RefusedByService) as refused:
        await anext(aiter(within().ask("nonsense", "How many?")))

    assert refused.value.code == "no_such_conversation"


async def test_a_database_that_nobody_connected_is_refused_as_over_the_wire() -> None:
    with pytest.raises(RefusedByService) as refused:
        await within().create_thread("nope")

    assert refused.value.code == "no_such_database"
