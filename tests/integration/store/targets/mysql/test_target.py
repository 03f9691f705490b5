import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal

import pytest

from store.access.approved_query import Approved, Parameter
from store.catalog import ForeignKey
from store.errors import QueryFailed, TargetUnavailable
from store.rows import Limits
from store.targets.address import TargetAddress
from store.targets.host_allowlist import HostAllowlist
from store.targets.mysql.target import MysqlTarget
from store.targets.tls import Tls
from tests.fixtures.mysql_server import fresh_database, run

SHOP = """
    CREATE TABLE customers (
        id INT PRIMARY KEY, name VARCHAR(50) NOT NULL DEFAULT 'nobody' COMMENT 'As they write it',
        email VARCHAR(80) UNIQUE, mood ENUM('sad', 'gl''ad'), spent DECIMAL(10, 2),
        twice DECIMAL(12, 2) GENERATED ALWAYS AS (spent * 2), paid TINYINT(1), seen TIMESTAMP NULL, born DATE,
        at DATETIME(3), span TIME, raw BLOB, bits BIT(5), weight DOUBLE
    ) COMMENT 'Who buys';
    CREATE TABLE orders (
        id INT PRIMARY KEY, customer INT, `group` VARCHAR(9), `a ``b` INT,
        FOREIGN KEY (customer) REFERENCES customers (id), KEY by_group (`group`, id)
    );
    CREATE VIEW big AS SELECT id FROM orders;
    CREATE TABLE numbers (n INT PRIMARY KEY);
    INSERT INTO numbers WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 900)
        SELECT n FROM r;
    SET time_zone = '+00:00';
    INSERT INTO customers (id, name, mood, spent, paid, seen, born, at, span, raw, bits, weight) VALUES
        (1, 'Ann', 'gl''ad', 1.5, 1, '2024-01-01 12:00', '1990-01-31', '2024-01-01 12:00:00.5', '10:00',
        x'00ff', b'101', 0.5), (2, 'Zoë', NULL, NULL, 0, NULL, NULL, NULL, '-26:00', NULL, NULL, NULL);
    INSERT INTO orders VALUES (1, 1, 'new', 1), (2, 1, 'paid', NULL)
"""
ENDLESS = "SELECT count(*) FROM numbers a, numbers b, numbers c, numbers d WHERE a.n + b.n + c.n + d.n = 0"


@pytest.fixture(scope="module")
def address() -> Iterator[TargetAddress]:
    with fresh_database(SHOP) as address:
        yield address


@pytest.fixture
async def shop(address: TargetAddress) -> AsyncIterator[MysqlTarget]:
    target = MysqlTarget(address)
    yield target
    await target.close()


def approve(sql: str, *parameters: Parameter) -> Approved:
    return Approved(sql, "mysql", (), parameters)


def statements_running(name: str) -> int:
    listed = run(
        "SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND COMMAND = 'Query'"
        " AND ID <> CONNECTION_ID()",
        name,
    )
    return len(listed)


async def test_the_catalog_has_views_keys_comments_and_labels(
    shop: MysqlTarget, address: TargetAddress
) -> None:
    catalog = await shop.catalog()
    assert catalog.default_schema == address.database
    assert [table.name for table in catalog] == ["big", "customers", "numbers", "orders"]
    assert [table.is_view for table in catalog] == [True, False, False, False]
    customers, orders = catalog.table("customers"), catalog.table(f"{address.database}.orders")
    assert customers is not None
    assert orders is not None
    assert (customers.primary_key, customers.unique, customers.comment) == (
        ("id",),
        (("email",),),
        "Who buys",
    )
    assert ("group", "id") in orders.indexes
    assert orders.foreign_keys == (ForeignKey(("customer",), f"{address.database}.customers", ("id",)),)
    columns = {column.name: column for column in customers.columns}
    assert (columns["name"].nullable, columns["name"].comment) == (False, "As they write it")
    assert "nobody" in str(columns["name"].default)
    assert (columns["mood"].kind, columns["mood"].labels) == ("text", ("sad", "gl'ad"))
    assert (columns["twice"].generated, columns["spent"].kind, columns["paid"].kind) == (
        True,
        "number",
        "boolean",
    )


async def test_values_keep_their_types(shop: MysqlTarget) -> None:
    rows = await shop.run(approve("SELECT * FROM customers ORDER BY id"), Limits())
    row = dict(zip((column.name for column in rows.columns), rows.values[0], strict=True))
    assert (row["name"], row["mood"], row["spent"]) == ("Ann", "gl'ad", Decimal("1.50"))
    assert row["seen"] == datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert (row["born"], row["at"]) == (date(1990, 1, 31), datetime(2024, 1, 1, 12, 0, 0, 500_000))
    assert (row["span"], rows.values[1][10]) == (clock(10), timedelta(hours=-26))
    assert (row["raw"], row["bits"], row["weight"]) == (b"\x00\xff", 5, 0.5)
    assert rows.values[1][1] == "Zoë"
    kinds = "integer text text text number number integer timestamp date timestamp time binary integer number"
    assert " ".join(column.kind for column in rows.columns) == kinds


async def test_rows_are_cut_at_a_limit_and_say_so(shop: MysqlTarget) -> None:
    rows = await shop.run(approve("SELECT n FROM numbers ORDER BY n"), Limits(rows=30))
    assert (len(rows), rows.truncated, rows.values[-1]) == (30, True, (30,))
    assert not (await shop.run(approve("SELECT n FROM numbers"), Limits(rows=900))).truncated
    long = await shop.run(approve("SELECT repeat('x', 1000) FROM numbers"), Limits(bytes=5_500))
    assert (len(long), long.truncated) == (5, True)
    huge = await shop.run(approve("SELECT repeat('x', 9000000)"), Limits())
    assert (len(huge), huge.truncated) == (0, True)


async def test_signs_of_drivers_are_only_signs(shop: MysqlTarget) -> None:
    rows = await shop.run(approve("SELECT '%s %(x)s :x ?', 7 % 4"), Limits())
    assert rows.values == (("%s %(x)s :x ?", 3),)


async def test_values_are_bound_and_never_read_as_sql(shop: MysqlTarget) -> None:
    sql = "SELECT id FROM customers WHERE name = ? OR id > ?"
    approved = approve(sql, Parameter("name", "Ann\\' OR 1 = 1 -- "), Parameter("least", 1))
    assert (await shop.run(approved, Limits())).values == ((2,),)
    assert (await shop.explain(approved)).rows == 2


async def test_a_slow_query_is_stopped(shop: MysqlTarget) -> None:
    begun = time.monotonic()
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve(ENDLESS), Limits(seconds=0.3))
    assert failure.value.kind == "timeout"
    assert time.monotonic() - begun < 20


async def test_cancelling_the_task_kills_the_statement(shop: MysqlTarget, address: TargetAddress) -> None:
    running = asyncio.create_task(shop.run(approve(ENDLESS), Limits(seconds=60)))
    async with asyncio.timeout(10):
        while statements_running(address.database) == 0:
            await asyncio.wait([running], timeout=0.02)
    begun = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    while statements_running(address.database):
        assert time.monotonic() - begun < 20
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT nothing FROM orders", "unknown_name"),
        ("SELECT 1 FROM nothing", "unknown_name"),
        ("SELECT no_such_function(1)", "unknown_name"),
        ("SELECT id FROM customers, orders", "ambiguous"),
        ("SELECT FROM WHERE", "syntax"),
        ("SELECT * FROM customers WHERE name = CONVERT('x' USING latin1) COLLATE utf8mb4_bin", "other"),
        ("INSERT INTO numbers VALUES (0)", "permission"),
        ("SELECT n FROM numbers FOR UPDATE", "permission"),
        ("SELECT 1 INTO OUTFILE '/tmp/querent-test'", "permission"),
        ("SELECT load_file('/etc/hostname')", "permission"),
        ("SELECT User FROM mysql.user", "permission"),
        ("SELECT 1; SELECT 2", "permission"),
        ("SELECT @@datadir", "permission"),
        ("SELECT 1 /*!50000 + 1 */", "permission"),
    ],
)
async def test_failures_are_classified(shop: MysqlTarget, sql: str, kind: str) -> None:
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve(sql), Limits())
    assert failure.value.kind == kind
    assert failure.value.sql == sql


async def test_profiles_and_distinct_values_are_read(shop: MysqlTarget) -> None:
    catalog = await shop.catalog()
    customers, orders = catalog.table("customers"), catalog.table("orders")
    assert customers is not None
    assert orders is not None
    _, name, *_ = await shop.profile(customers)
    assert (name.smallest, name.largest, name.null_share) == ("Ann", "Zoë", 0.0)
    assert await shop.distinct_values(customers, "mood", 5) == ["gl'ad"]
    assert [profile.column for profile in await shop.profile(orders)] == ["id", "customer", "group", "a `b"]


async def test_who_cannot_enter_is_told_why(address: TargetAddress) -> None:
    for wrong, reason in (
        (replace(address, password="wrong"), "rejected the user name or password"),
        (replace(address, database="querent_nowhere"), "no database of this name"),
        (replace(address, port=1), "does not respond"),
    ):
        with pytest.raises(TargetUnavailable, match=reason):
            await MysqlTarget(wrong).catalog()


async def test_a_private_host_is_only_for_the_operator(address: TargetAddress) -> None:
    checked = replace(address, restricted=True)
    with pytest.raises(TargetUnavailable, match="not allowed"):
        await MysqlTarget(checked).catalog()
    allowed = MysqlTarget(checked, HostAllowlist("127.0.0.0/8"))
    assert (await allowed.catalog()).tables
    await allowed.close()


async def test_a_server_that_cannot_seal_is_not_entered_where_that_is_demanded(
    address: TargetAddress,
) -> None:
    with pytest.raises(TargetUnavailable):
        await MysqlTarget(replace(address, tls=Tls("verify-full"))).catalog()
