import pickle

from agent.guard.verdict import Rejected
from agent.guard.worker import MAX_CATALOGS, JudgeRequest, work
from store.access.approved_query import Approved
from tests.fixtures.guard.schema import shop

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
