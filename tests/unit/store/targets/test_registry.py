import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest

from store.connections.connections import Whereabouts
from store.errors import BadConnection, NotFound, TargetUnavailable
from store.targets.address_url import read_address
from store.targets.duckdb.target import DuckdbTarget
from store.targets.mysql.target import MysqlTarget
from store.targets.postgres.target import PostgresTarget
from store.targets.registry import Targets, open_target
from store.targets.sqlite.target import SqliteTarget


def make(path: Path) -> str:
    session = sqlite3.connect(path)
    session.execute("CREATE TABLE t (a)")
    session.close()
    return f"sqlite:///{path}"


async def test_a_target_is_chosen_by_its_scheme(tmp_path: Path) -> None:
    assert isinstance(open_target("postgresql://ann@127.0.0.1/shop"), PostgresTarget)
    assert isinstance(open_target("postgres://ann@127.0.0.1/shop"), PostgresTarget)
    assert isinstance(open_target("mysql+pymysql://ann@127.0.0.1/shop"), MysqlTarget)
    assert isinstance(open_target("mariadb://ann@127.0.0.1/shop"), MysqlTarget)
    duck = tmp_path / "x.duckdb"
    duck.touch()
    assert isinstance(open_target(f"duckdb:///{duck}"), DuckdbTarget)
    assert isinstance(open_target(make(tmp_path / "a b.sqlite")), SqliteTarget)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop",
        "oracle://ann@127.0.0.1/shop",
        "mysql://ann@127.0.0.1/shop?init_command=x",
        "mysql://ann@127.0.0.1/shop?unix_socket=/tmp/x",
        "duckdb:///:memory:",
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
    where = Whereabouts(uuid4(), read_address(make(tmp_path / "shop.sqlite")))

    async def whereabouts_of(name: str) -> Whereabouts:
        return where

    async with Targets(whereabouts_of) as targets:
        first = await targets.of("shop")
        assert await targets.of("shop") is first
        await targets.forget("shop")
        await targets.forget("never opened")
        assert await targets.of("shop") is not first


async def test_a_connection_that_was_changed_elsewhere_is_opened_anew(tmp_path: Path) -> None:
    here, there = (read_address(make(tmp_path / f"{name}.sqlite")) for name in "ab")
    same = uuid4()
    said = [Whereabouts(same, here), Whereabouts(same, there), Whereabouts(uuid4(), there)]

    async def whereabouts_of(name: str) -> Whereabouts:
        return said.pop(0)

    async with Targets(whereabouts_of) as targets:
        opened = [await targets.of("shop") for _ in range(3)]
        assert len(set(map(id, opened))) == 3
        with pytest.raises(TargetUnavailable):
            await opened[0].catalog()
        assert len((await opened[2].catalog()).tables) == 1


async def test_a_connection_that_was_removed_elsewhere_is_closed(tmp_path: Path) -> None:
    known = {"shop": Whereabouts(uuid4(), read_address(make(tmp_path / "shop.sqlite")))}

    async def whereabouts_of(name: str) -> Whereabouts:
        if name not in known:
            raise NotFound("connection", name)
        return known[name]

    async with Targets(whereabouts_of) as targets:
        shop = await targets.of("shop")
        known.clear()
        with pytest.raises(NotFound):
            await targets.of("shop")
        with pytest.raises(TargetUnavailable):
            await shop.catalog()
