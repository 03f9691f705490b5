from schema_docs.search.explain import explain, tell
from schema_docs.search.results import FoundValue
from store.maps.records import Near, Place
from tests.unit.schema_docs.search.test_table_selection import SHOP

VALUE = FoundValue("cities", "mayor", "Wegner", "wegner", 1.0)
NEAR = [Near(Place("orders"), 0.9), Near(Place("logs"), 0.2), Near(Place("cities", "mayor"), 0.8)]
NEAR += [Near(Place("logs", "line"), 0.1)]


def test_each_table_is_told_with_where_it_stood() -> None:
    told = {each.table: each for each in tell("orders of Wegner", SHOP, NEAR, [VALUE], {"orders"})}
    assert told["orders"].places["words"] == 1
    assert told["orders"].places["table"] == 1
    assert told["cities"].places == {"columns": 1}
    assert told["cities"].values > 0
    assert "Wegner" in told["cities"].why
    assert [name for name, each in told.items() if each.shown] == ["orders"]


def test_the_order_is_that_of_the_ranking() -> None:
    places = [each.place for each in tell("orders of Wegner", SHOP, NEAR, [VALUE], ())]
    assert [place for place in places if place is not None] == sorted(place for place in places if place)


def test_each_table_is_given_its_reason() -> None:
    value = FoundValue("cities", "mayor", "Wegner", "wegner", 1.0)
    assert explain("Which orders did Wegner place?", SHOP, [0, 2, 1, 3], [value]) == (
        "orders speaks of orders.",
        "cities holds 'Wegner' in mayor.",
        "customers joins orders with cities.",
        "logs is near in meaning.",
    )
