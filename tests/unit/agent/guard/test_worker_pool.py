import asyncio
import pickle
from collections.abc import AsyncIterator

import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from agent.guard.worker_pool import MAX_CATALOGS, JudgePool, JudgeRequest, work
from store.access.approved_query import Approved
from store.access.roles import Access, NameFilter, Role
from store.catalog import Catalog
from tests.fixtures.guard.schema import shop

POSTGRES = shop("postgres")


@pytest.fixture
async def judges() -> AsyncIterator[JudgePool]:
    async with JudgePool(timeout_s=30) as opened:
        yield opened


@pytest.mark.parametrize("sql", ["SELECT id FROM orders", "SELECT id FROM secrets", "DROP TABLE orders", "("])
async def test_the_verdict_is_the_one_of_judge(judges: JudgePool, sql: str) -> None:
    assert await judges.judge(sql, POSTGRES) == judge(sql, POSTGRES)


async def test_each_query_is_judged_by_its_own_catalog(judges: JudgePool) -> None:
    catalogs = [Catalog("postgres", (table,), "public") for table in POSTGRES] * 5
    verdicts = await asyncio.gather(*(judges.judge("SELECT 1 FROM orders", catalog) for catalog in catalogs))
    allowed = [
        catalog.tables[0].name
        for catalog, verdict in zip(catalogs, verdicts, strict=True)
        if verdict == verdicts[1]
    ]
    assert allowed == ["orders"] * 5
    assert not isinstance(verdicts[1], Rejected)


async def test_more_catalogs_than_are_kept_are_judged_all_the_same(judges: JudgePool) -> None:
    for _ in range(2):
        for _ in range(20):
            assert not isinstance(await judges.judge("SELECT id FROM orders", shop("postgres")), Rejected)


async def test_what_takes_too_long_to_read_is_rejected() -> None:
    async with JudgePool(timeout_s=0.0) as judges:
        verdict = await judges.judge("SELECT id FROM orders", POSTGRES)
    assert isinstance(verdict, Rejected)
    assert verdict.kind == "too_slow"


async def test_judging_can_be_cancelled(judges: JudgePool) -> None:
    judging = asyncio.create_task(judges.judge("SELECT id FROM orders", POSTGRES))
    await asyncio.wait([judging], timeout=0)
    judging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await judging
    assert not isinstance(await judges.judge("SELECT id FROM orders", POSTGRES), Rejected)


async def test_each_asker_is_judged_by_what_they_may_see(judges: JudgePool) -> None:
    hidden = Access(Role(tables=NameFilter(hide=("orders",))))
    for _ in range(2):
        assert isinstance(await judges.judge("SELECT id FROM orders", POSTGRES, hidden), Rejected)
        assert isinstance(await judges.judge("SELECT id FROM orders", POSTGRES), Approved)


SHOP = pickle.dumps(shop("sqlite"))
SQL = "SELECT id FROM orders"


def test_a_catalog_is_asked_for_once() -> None:
    assert work(JudgeRequest(SQL, 1_000)) is None
    assert isinstance(work(JudgeRequest(SQL, 1_000, catalog=SHOP)), Approved)
    assert isinstance(work(JudgeRequest(SQL, 1_000)), Approved)


def test_a_refusal_comes_back_as_a_value() -> None:
    assert isinstance(work(JudgeRequest("SELECT v FROM secrets", 1_001, catalog=SHOP)), Rejected)


def test_the_longest_unused_catalog_is_let_go() -> None:
    for number in range(2_000, 2_001 + MAX_CATALOGS):
        work(JudgeRequest(SQL, number, catalog=SHOP))
    assert work(JudgeRequest(SQL, 2_000)) is None
    assert isinstance(work(JudgeRequest(SQL, 2_001)), Approved)
