from types import SimpleNamespace
from typing import Any, cast

import pytest

from store.errors import NotFound
from transport.client.client import RefusedByService
from transport.client.in_process import Within


class NoDatabases:
    async def choose_database(self, name: str | None) -> str:
        raise NotFound("connection", name or "shop")


def within() -> Within:
    return Within(cast(Any, SimpleNamespace(parts=NoDatabases())))


async def test_an_id_that_is_none_names_no_conversation() -> None:
    with pytest.raises(RefusedByService) as refused:
        await anext(aiter(within().ask("nonsense", "How many?")))

    assert refused.value.code == "no_such_conversation"


async def test_a_database_that_nobody_connected_is_refused_as_over_the_wire() -> None:
    with pytest.raises(RefusedByService) as refused:
        await within().begin("nope")

    assert refused.value.code == "no_such_database"
