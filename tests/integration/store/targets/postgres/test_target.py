import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from store.access.approved_query import Approved
from store.catalog import Catalog, ForeignKey, Table
from store.errors import QueryFailed, TargetUnavailable
from store.rows import Limits
from store.targets.postgres import connections
from store.targets.postgres.target import PostgresTarget

SHOP = (Path(__file__).parents[1] / "shop.sql").read_text("utf-8")


@pytest.fixture
def shop_url(blank_url: str) -> str:
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute(SHOP.encode())
    return blank_url


@pytest.fixture
async def shop(shop_url: str) -> AsyncIterator[PostgresTarget]:
    target = PostgresTarget(shop_url)
    yield target
    await target.close()


def approve(sql: str) -> Approved:
    return Approved(sql, "postgres", ())


async def read(
    shop: PostgresTarget, sql: str, limits: Limits | None = None
) -> tuple[tuple[object, ...], ...]:
    return (await shop.run(approve(sql), limits or Limits())).values


def statements_running(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'querent' AND state = 'active'"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def test_the_catalog_has_tables_views_and_partition_parents(shop: PostgresTarget) -> None:
    catalog = await shop.catalog()
    assert [table.full_name for table in catalog] == [
        "hidden.salaries",
        'public.Odd "Table',
        "public.audit_log",
        "public.big_orders",
        "public.cities",
        "public.customers",
        "public.order_items",
        "public.orders",
        "public.readings",
        "public.returns",
        "public.secrets",
    ]
    assert catalog.default_schema == "public"
    assert [table.name for table in catalog if table.is_view] == ["big_orders", "cities"]


async def test_the_catalog_has_comments_kinds_and_keys(shop: PostgresTarget) -> None:
    catalog = await shop.catalog()
    customers, orders, returns = (_table(catalog, name) for name in ("customers", "orders", "returns"))
    assert customers.comment == "Who buys"
    assert (customers.primary_key, customers.unique, customers.row_estimate) == (("id",), (("email",),), 30)
    assert {column.name: column.kind for column in customers.columns}["mood"] == "text"
    assert next(column for column in customers.columns if column.name == "city").comment == "Where they live"
    assert {column.name: column.kind for column in orders.columns}["total"] == "number"
    assert orders.foreign_keys == (ForeignKey(("customer_id",), "public.customers", ("id",)),)
    two = ("order_id", "line")
    assert returns.foreign_keys == (ForeignKey(two, "public.order_items", two),)


def _table(catalog: Catalog, name: str) -> Table:
    table = catalog.table(name)
    assert table is not None
    return table


async def test_values_keep_their_types(shop: PostgresTarget) -> None:
    rows = await shop.run(
        approve("SELECT total, placed, spent, shipped, code, raw FROM public.orders WHERE id = 1"), Limits()
    )
    ((total, placed, spent, shipped, code, raw),) = rows.values
    assert (total, placed, spent) == (Decimal("1.50"), date(2024, 1, 2), timedelta(hours=1))
    assert shipped == datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert (code, raw) == (UUID("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b"), b"\x00\xff")
    assert [column.kind for column in rows.columns] == [
        "number",
        "date",
        "interval",
        "timestamp",
        "other",
        "binary",
    ]


async def test_arrays_json_and_enums_come_through(shop: PostgresTarget) -> None:
    sql = "SELECT tags, meta, mood FROM public.customers WHERE id = 2"
    assert await read(shop, sql) == ((["a", "b"], {"vip": True}, "glad"),)


async def test_what_python_has_no_value_for_comes_as_text(shop: PostgresTarget) -> None:
    sql = "SELECT date 'infinity', timestamp '-infinity', date '0044-03-15 BC', interval '170000000 years'"
    assert await read(shop, sql) == (("infinity", "-infinity", "0044-03-15 BC", "170000000 years"),)


async def test_a_row_limit_cuts_and_says_so(shop: PostgresTarget) -> None:
    rows = await shop.run(approve("SELECT id FROM public.orders ORDER BY id"), Limits(rows=30))
    assert (len(rows), rows.truncated, rows.values[-1]) == (30, True, (30,))
    whole = await shop.run(approve("SELECT id FROM public.orders"), Limits(rows=200))
    assert (len(whole), whole.truncated) == (200, False)


async def test_a_byte_limit_cuts_and_says_so(shop: PostgresTarget) -> None:
    rows = await shop.run(approve("SELECT repeat('x', 1000) FROM public.orders"), Limits(bytes=5_500))
    assert (len(rows), rows.truncated) == (5, True)


async def test_a_result_without_rows_still_has_columns(shop: PostgresTarget) -> None:
    rows = await shop.run(approve("SELECT id FROM public.orders WHERE false"), Limits())
    assert [column.name for column in rows.columns] == ["id"]


async def test_a_percent_sign_is_only_a_percent_sign(shop: PostgresTarget) -> None:
    assert await read(shop, "SELECT '%s %(x)s', 7 % 4") == (("%s %(x)s", 3),)


async def test_a_slow_query_is_stopped(shop: PostgresTarget) -> None:
    with pytest.raises(QueryFailed) as failure:
        await read(shop, "SELECT pg_sleep(30)", Limits(seconds=0.2))
    assert failure.value.kind == "timeout"
    assert await read(shop, "SELECT 1") == ((1,),)


async def test_cancelling_the_task_cancels_the_statement(shop: PostgresTarget, shop_url: str) -> None:
    running = asyncio.create_task(read(shop, "SELECT pg_sleep(30)", Limits(seconds=60)))
    async with asyncio.timeout(10):
        while statements_running(shop_url) == 0:
            await asyncio.wait([running], timeout=0.02)
    begun = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    while statements_running(shop_url):
        assert time.monotonic() - begun < 20
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT nothing FROM public.orders", "unknown_name"),
        ("SELECT 1 FROM public.nothing", "unknown_name"),
        ("SELECT customer_id FROM public.orders AS a, public.orders AS b", "ambiguous"),
        ("SELECT 'x'::int", "type_mismatch"),
        ("SELECT id / 0 FROM public.orders", "division_by_zero"),
        ("SELECT FROM WHERE", "syntax"),
        ("SELECT nextval('public.numbers')", "permission"),
        ("SELECT public.danger(name) FROM public.customers", "permission"),
    ],
)
async def test_failures_are_classified(shop: PostgresTarget, sql: str, kind: str) -> None:
    with pytest.raises(QueryFailed) as failure:
        await read(shop, sql)
    assert failure.value.kind == kind


@pytest.mark.parametrize(
    "sql",
    [
        "COMMIT; INSERT INTO public.audit_log (msg) VALUES ('x')",
        "SELECT 1; DROP TABLE public.secrets",
        "INSERT INTO public.audit_log (msg) VALUES ('x')",
        "DROP TABLE public.secrets",
        "WITH w AS (INSERT INTO public.audit_log (msg) VALUES ('x') RETURNING 1) SELECT * FROM w",
        "SELECT id INTO public.stolen FROM public.orders",
        "SELECT lower(c) FROM public.customers AS c",
        "SELECT c.attr_danger FROM public.customers AS c",
        "SELECT 1 @#@ 2",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SET TRANSACTION READ WRITE",
        "COPY public.secrets TO PROGRAM 'cat'",
        "SELECT * FROM public.customers FOR UPDATE",
        "NOTIFY x",
        "PREPARE p AS DELETE FROM public.customers",
        "CREATE TEMP TABLE t (a int)",
    ],
)
async def test_an_attack_on_the_bare_engine_changes_nothing(
    shop: PostgresTarget, shop_url: str, sql: str
) -> None:
    for way in (shop.run(approve(sql), Limits()), shop.explain(approve(sql))):
        try:
            await way
        except QueryFailed:
            continue
    with psycopg.connect(shop_url) as connection:
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM audit_log), (TABLE secrets), (SELECT count(*) FROM customers)"
        ).fetchone()
        assert counts == (0, "TOPSECRET", 30)
        assert connection.execute("SELECT to_regclass('stolen')").fetchone() == (None,)
    assert await read(shop, "SELECT current_setting('transaction_read_only')") == (("on",),)


async def test_explain_estimates_without_running(shop: PostgresTarget) -> None:
    estimate = await shop.explain(approve("SELECT id FROM public.orders WHERE pg_sleep(60) IS NOT NULL"))
    assert estimate.rows is not None
    assert estimate.cost is not None
    with pytest.raises(QueryFailed):
        await shop.explain(approve("SELECT nothing FROM public.orders"))


async def test_a_profile_looks_at_rows(shop: PostgresTarget) -> None:
    catalog = await shop.catalog()
    profiles = {profile.column: profile for profile in await shop.profile(_table(catalog, "customers"))}
    assert profiles["city"].values == ("Paris", "Rome")
    assert profiles["city"].null_share == pytest.approx(1 / 3)
    assert (profiles["id"].smallest, profiles["id"].largest) == (1, 30)
    assert await shop.profile(_table(catalog, 'Odd "Table')) != []


async def test_distinct_values_are_named(shop: PostgresTarget) -> None:
    catalog = await shop.catalog()
    customers = _table(catalog, "customers")
    assert await shop.distinct_values(customers, "city", 10) == ["Paris", "Rome"]
    assert await shop.distinct_values(customers, "mood", 10) == ["glad"]


async def test_many_questions_at_once_share_a_few_connections(shop: PostgresTarget) -> None:
    answers = await asyncio.gather(*(read(shop, f"SELECT {number}") for number in range(20)))
    assert answers == [((number,),) for number in range(20)]


async def test_an_idle_connection_that_fell_silent_is_replaced(shop_url: str) -> None:
    shop = PostgresTarget(shop_url, connect_seconds=1)
    await shop.run(approve("SELECT 1"), Limits())
    with psycopg.connect(shop_url) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'querent'")
        ((server_process,),) = rows.fetchall()
    os.kill(server_process, signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert (await shop.run(approve("SELECT 2"), Limits())).values == ((2,),)
        assert time.monotonic() - started < 5
    finally:
        os.kill(server_process, signal.SIGCONT)
        await shop.close()


@pytest.mark.parametrize("is_seen", [True, False], ids=["seen before it is used", "seen when it is used"])
async def test_a_connection_that_was_cut_is_replaced(
    shop: PostgresTarget, shop_url: str, is_seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await read(shop, "SELECT 1")
    if not is_seen:
        monkeypatch.setattr(connections, "_is_alive", lambda _: True)
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'querent'"
        )
    assert await read(shop, "SELECT 1") == ((1,),)


async def test_a_target_that_is_down_is_told_quickly_and_without_credentials() -> None:
    target = PostgresTarget("postgresql://ann:hush@127.0.0.1:1/shop")
    begun = time.monotonic()
    with pytest.raises(TargetUnavailable) as failure:
        await target.catalog()
    assert time.monotonic() - begun < 20
    assert "hush" not in str(failure.value)
    assert "ann" not in str(failure.value)


async def test_a_closed_target_runs_nothing(shop: PostgresTarget) -> None:
    await shop.close()
    with pytest.raises(TargetUnavailable):
        await read(shop, "SELECT 1")


async def test_operators_of_extensions_are_found(shop: PostgresTarget, shop_url: str) -> None:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector; CREATE TABLE points (at vector(2))")
        connection.execute("INSERT INTO points VALUES ('[1, 2]')")
    assert await read(shop, "SELECT at = at FROM public.points") == ((True,),)


async def test_a_profile_spans_a_table_that_is_larger_than_the_sample(blank_url: str) -> None:
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE ticks AS SELECT generate_series(0, 19999) AS at")
        connection.execute("ANALYZE ticks")
    target = PostgresTarget(blank_url)
    (ticks,) = await target.catalog()
    (at,) = await target.profile(ticks)
    again = await target.profile(ticks)
    await target.close()

    assert at.smallest < 100
    assert at.largest > 19_900
    assert again == (at,)
