from dataclasses import replace

from agent.guard.judge import judge
from agent.guard.rules.functions import allowed_functions
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.catalog import Functions
from tests.fixtures.guard.schema import shop

TOLD = Functions(
    immutable=frozenset({"dround", "array_fill", "lower"}), volatile=frozenset({"upper", "random"})
)
POSTGRES = replace(shop("postgres"), functions=TOLD)


def test_what_the_server_says_only_computes_may_be_called() -> None:
    assert isinstance(judge("SELECT dround(1.5)", POSTGRES), Approved)
    assert isinstance(judge("SELECT dround(1.5)", shop("postgres")), Rejected)


def test_what_does_more_on_this_server_may_not_be_called_though_reviewed() -> None:
    assert isinstance(judge("SELECT upper(name) FROM customers", shop("postgres")), Approved)
    assert isinstance(judge("SELECT upper(name) FROM customers", POSTGRES), Rejected)


def test_a_number_by_chance_is_harmless() -> None:
    assert isinstance(judge("SELECT random()", POSTGRES), Approved)


def test_what_makes_memory_is_left_out_whatever_the_server_says() -> None:
    assert "array_fill" not in allowed_functions(POSTGRES)


def test_other_engines_keep_their_lists() -> None:
    assert "strftime" in allowed_functions(shop("sqlite"))
