"""Attacks sent straight to MariaDB and DuckDB, past the guard; and honest queries, which must get through."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from agent.guard.judge import judge
from store.access.approved_query import Approved
from store.catalog import Dialect
from store.errors import TargetError
from store.rows import Limits
from store.targets.address import TargetAddress
from store.targets.duckdb.target import DuckdbTarget
from store.targets.mysql.target import MysqlTarget
from tests.fixtures.guard.attack_lines import attacks, seal
from tests.fixtures.guard.schema import TABLES, shop
from tests.fixtures.mysql_server import fresh_database, run

LIMITS = Limits(rows=100, bytes=1_000_000, seconds=0.5)
PATIENT = Limits(rows=100, bytes=1_000_000, seconds=5.0)
TABLE_COUNT = "SELECT count(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
READER = "querent_layers"
MYSQL_TYPES = {
    "id": "INT", "total": "DECIMAL(10, 2)", "price": "DECIMAL(10, 2)", "unit_price": "DECIMAL(10, 2)",
    "qty": "INT", "salary": "DECIMAL(10, 2)", "customer_id": "INT", "order_id": "INT", "product_id": "INT",
    "manager_id": "INT", "tenant_id": "INT", "created_at": "DATETIME", "order_date": "DATETIME",
    "shipped_at": "DATETIME", "hired": "DATE", "ts": "DATETIME", "meta": "JSON", "items": "JSON",
    "attrs": "JSON", "payload": "JSON", "discontinued": "BOOLEAN",
}  # fmt: skip
DUCKDB_TYPES = {name: kind.replace("DATETIME", "TIMESTAMP") for name, kind in MYSQL_TYPES.items()}
DUCKDB_TYPES |= {"tags": "VARCHAR[]", "duration": "INTERVAL"}


def tables(types: dict[str, str], quoted: str, text: str) -> str:
    statements = []
    for table, columns in TABLES.items():
        parts = ", ".join(f"{quoted}{each}{quoted} {types.get(each, text)}" for each in columns.split())
        statements.append(f"CREATE TABLE {table} ({parts})")
    statements.append(f"CREATE TABLE secrets (id INT, k {text}, v {text})")
    statements.append("INSERT INTO secrets VALUES (1, 'api', 'TOPSECRET')")
    return ";\n".join(statements)


@pytest.fixture
def mysql_shop() -> Iterator[TargetAddress]:
    """A database with a secret in it, entered as its owner: nothing but the target itself keeps it."""
    with fresh_database(tables(MYSQL_TYPES, "`", "VARCHAR(200)")) as address:
        yield address


@pytest.fixture
def mysql_reader(mysql_shop: TargetAddress) -> Iterator[TargetAddress]:
    """The same, entered as a user who may read the six tables."""
    name = mysql_shop.database
    run(f"CREATE OR REPLACE USER {READER}@'%' IDENTIFIED BY 'layers'")
    try:
        for table in TABLES:
            run(f"GRANT SELECT ON {name}.{table} TO {READER}@'%'")
        yield replace(mysql_shop, user=READER, password="layers")
    finally:
        run(f"DROP USER {READER}@'%'")


def state_of(name: str) -> object:
    rows = [run(f"CHECKSUM TABLE {table}", name) for table in (*TABLES, "secrets")]
    return (
        run(TABLE_COUNT, name),
        rows,
        # Tests beside this one make and drop users and databases of theirs.
        run("SELECT user FROM mysql.user WHERE user NOT LIKE 'querent_%' ORDER BY user"),
        run("SHOW DATABASES WHERE `Database` NOT LIKE 'querent_test_%'"),
        run("SELECT @@GLOBAL.sql_mode, @@GLOBAL.max_connections"),
    )


async def throw(target: MysqlTarget | DuckdbTarget, dialect: Dialect) -> str:
    """Run each attack, and give all that was told, errors included."""
    output: list[object] = []
    for sql in attacks(dialect):
        try:
            output += (await target.run(Approved(sql, dialect, tuple(TABLES)), LIMITS)).values
        except (TargetError, UnicodeError) as error:
            output.append(getattr(error, "reason", ""))
    await target.close()
    return str(output)


async def test_mysql_alone_lets_nothing_be_changed_even_by_its_owner(mysql_shop: TargetAddress) -> None:
    before = state_of(mysql_shop.database)
    output = await throw(MysqlTarget(mysql_shop), "mysql")
    assert state_of(mysql_shop.database) == before
    # Neither files of the server, nor its users, nor where its data is.
    assert not any(secret in output for secret in ("root:", "mysql_native_password", "/var/lib"))


async def test_mysql_alone_tells_a_reader_nothing_forbidden(mysql_reader: TargetAddress) -> None:
    output = await throw(MysqlTarget(mysql_reader), "mysql")
    assert "TOPSECRET" not in output


async def test_duckdb_alone_lets_nothing_be_changed_or_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute(tables(DUCKDB_TYPES, '"', "VARCHAR"))
    before = seal(tmp_path)
    output = await throw(DuckdbTarget(path), "duckdb")
    assert "TOPSECRET" not in output
    assert "CREATE TABLE" not in output
    assert "root:" not in output
    assert seal(tmp_path) == before


def benign(dialect: Dialect) -> list[str]:
    own_file = Path(__file__).parents[3] / "guard" / "benign.jsonl"
    bench_file = Path(os.environ.get("QUERENT_BENCH", ""), "guard", "benign.jsonl")
    text = own_file.read_text("utf-8") + (bench_file.read_text("utf-8") if bench_file.is_file() else "")
    lines = [json.loads(line) for line in text.splitlines()]
    return [line["sql"] for line in lines if line["dialect"] == dialect]


async def refused(target: MysqlTarget | DuckdbTarget, dialect: Dialect) -> list[str]:
    """Honest queries, as the guard prints them, that the target itself takes for dangerous."""
    failures = []
    for sql in benign(dialect):
        verdict = judge(sql, shop(dialect))
        assert isinstance(verdict, Approved)
        try:
            await target.run(verdict, PATIENT)
        except TargetError as error:
            if "something else than reading" in getattr(error, "reason", ""):
                failures.append(sql)
    await target.close()
    return failures


async def test_mysql_refuses_no_honest_query(mysql_reader: TargetAddress) -> None:
    assert await refused(MysqlTarget(mysql_reader), "mysql") == []


async def test_duckdb_refuses_no_honest_query(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as session:
        session.execute(tables(DUCKDB_TYPES, '"', "VARCHAR"))
    assert await refused(DuckdbTarget(path), "duckdb") == []
