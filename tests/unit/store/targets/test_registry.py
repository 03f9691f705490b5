import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest

from store.connections.connections import ResolvedConnection
from store.errors import InvalidConnection, NotFound, TargetUnavailable
from store.request_cache import RequestCache
from store.targets.address import parse_address
from store.targets.duckdb.target import DuckdbTarget
from store.targets.mysql.target import MysqlTarget
from store.targets.postgres.target import PostgresTarget
from store.targets.registry import TargetRegistry, open_target
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
    with pytest.raises(InvalidConnection) as failure:
        open_target(url)
    assert str(failure.value).endswith(".")


async def test_targets_are_opened_once_and_can_be_forgotten(tmp_path: Path) -> None:
    connection = ResolvedConnection(uuid4(), parse_address(make(tmp_path / "shop.sqlite")))

    async def resolve_connection(name: str, cache: RequestCache | None = None) -> ResolvedConnection:
        return connection

    async with TargetRegistry(resolve_connection) as targets:
        first = await targets.open("shop")
        assert await targets.open("shop") is first
        await targets.evict("shop")
        await targets.evict("never opened")
        assert await targets.open("shop") is not first


async def test_a_connection_that_was_changed_elsewhere_is_opened_anew(tmp_path: Path) -> None:
    first, second = (parse_address(make(tmp_path / f"{name}.sqlite")) for name in "ab")
    connection_id = uuid4()
    connections = [
        ResolvedConnection(connection_id, first),
        ResolvedConnection(connection_id, second),
        ResolvedConnection(uuid4(), second),
    ]

    async def resolve_connection(name: str, cache: RequestCache | None = None) -> ResolvedConnection:
        return connections.pop(0)

    async with TargetRegistry(resolve_connection) as targets:
        opened = [await targets.open("shop") for _ in range(3)]
        assert len(set(map(id, opened))) == 3
        with pytest.raises(TargetUnavailable):
            await opened[0].catalog()
        assert len((await opened[2].catalog()).tables) == 1


async def test_a_connection_that_was_removed_elsewhere_is_closed(tmp_path: Path) -> None:
    connections = {"shop": ResolvedConnection(uuid4(), parse_address(make(tmp_path / "shop.sqlite")))}

    async def resolve_connection(name: str, cache: RequestCache | None = None) -> ResolvedConnection:
        if name not in connections:
            raise NotFound("connection", name)
        return connections[name]

    async with TargetRegistry(resolve_connection) as targets:
        shop = await targets.open("shop")
        connections.clear()
        with pytest.raises(NotFound):
            await targets.open("shop")
        with pytest.raises(TargetUnavailable):
            await shop.catalog()
