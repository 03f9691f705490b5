from schema_docs.found import FoundValue
from schema_docs.pages import count_tokens
from schema_docs.showing import show_all, show_best
from tests.unit.schema_docs.test_choosing import SHOP

VALUE = FoundValue("cities", "mayor", "Wegner", "wegner", 1.0)


def test_all_of_a_map_is_shown_with_its_joins() -> None:
    found = show_all("who is the mayor", SHOP, (VALUE,))
    assert [page.table for page in found.pages] == ["orders", "customers", "cities", "logs"]
    assert [join.table for join in found.joins] == ["orders", "customers"]
    assert found.values == (VALUE,)
    assert found.version == 1


def test_the_best_of_a_map_is_shown_within_the_budget() -> None:
    found = show_best("orders by mayor", SHOP, [], (), 40)
    assert sum(count_tokens(page.text) for page in found.pages) <= 40
    assert found.pages[0].table in {"orders", "cities"}
    assert len(found.why) == len(found.pages)
