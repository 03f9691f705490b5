"""Which database a conversation is about."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from graph.admin.schema_sync import choose_database, find_connection
from store.connections.connections import Connection
from store.errors import NotFound


class Connections:
    def __init__(self, *names: str) -> None:
        self.names = names

    async def all(self) -> list[Connection]:
        return [await self.find(name) for name in self.names]

    async def find(self, name: str) -> Connection:
        if name not in self.names:
            raise NotFound("connection", name)
        return Connection(uuid4(), name, "sqlite", "", datetime.now(UTC))


@pytest.mark.parametrize(
    ("names", "named", "chosen"),
    [(("pets", "shop"), "pets", "pets"), (("pets",), None, "pets"), (("pets", "shop"), None, "shop")],
)
async def test_the_one_named_else_the_only_one_else_the_sample(
    names: tuple[str, ...], named: str | None, chosen: str
) -> None:
    connections: Any = Connections(*names)
    assert await choose_database(connections, named) == chosen
    assert (await find_connection(connections, named)).name == chosen


@pytest.mark.parametrize(("names", "named"), [((), None), (("a", "b"), None), (("a",), "b")])
async def test_there_may_be_none(names: tuple[str, ...], named: str | None) -> None:
    connections: Any = Connections(*names)
    with pytest.raises(NotFound):
        await choose_database(connections, named)
