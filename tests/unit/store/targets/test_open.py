import sqlite3
from pathlib import Path

import pytest

from store.errors import BadConnection, NotFound
from store.targets.open import Targets, open_target
from store.targets.postgres import PostgresTarget
from store.targets.sqlite import SqliteTarget


def make(path: Path) -> str:
    session = sqlite3.connect(path)
    session.execute("CREATE TABLE t (a)")
    session.close()
    return f"sqlite:///{path}"


async def test_a_target_is_chosen_by_its_scheme(tmp_path: Path) -> None:
    assert isinstance(open_target("postgresql://ann@127.0.0.1/shop"), PostgresTarget)
    assert isinstance(open_target("postgres://ann@127.0.0.1/shop"), PostgresTarget)
    assert isinstance(open_target(make(tmp_path / "a b.sqlite")), SqliteTarget)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop",
        "mysql://ann@127.0.0.1/shop",
        "file:///etc/passwd",
        "sqlite://",
        "sqlite:///",
        "sqlite://host/x.db",
        "sqlite:////nowhere/x.db",
        "sqlite:///:memory:",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(BadConnection) as failure:
        open_target(url)
    assert str(failure.value).endswith(".")


async def test_targets_are_opened_once_and_can_be_forgotten(tmp_path: Path) -> None:
    addresses = {"shop": make(tmp_path / "shop.sqlite")}
    asked: list[str] = []

    async def address_of(name: str) -> str:
        asked.append(name)
        return addresses[name]

    async with Targets(address_of) as targets:
        first = await targets.of("shop")
        assert await targets.of("shop") is first
        await targets.forget("shop")
        await targets.forget("never opened")
        assert await targets.of("shop") is not first
    assert asked == ["shop", "shop"]


async def test_a_connection_that_is_not_there_is_told_as_it_was() -> None:
    async def address_of(name: str) -> str:
        raise NotFound("connection", name)

    async with Targets(address_of) as targets:
        with pytest.raises(NotFound):
            await targets.of("shop")
