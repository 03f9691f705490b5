from schema_docs.search.explain import explain_ranking, explain_tables
from schema_docs.search.results import ValueMatch
from store.maps.records import PassageMatch, SchemaElement
from tests.unit.schema_docs.search.test_table_selection import SHOP

VALUE = ValueMatch("cities", "mayor", "Wegner", "wegner", 1.0)
NEAR = [
    PassageMatch(SchemaElement("orders"), 0.9),
    PassageMatch(SchemaElement("logs"), 0.2),
    PassageMatch(SchemaElement("cities", "mayor"), 0.8),
]
NEAR += [PassageMatch(SchemaElement("logs", "line"), 0.1)]


def test_each_table_is_told_with_where_it_stood() -> None:
    report = {
        each.table: each for each in explain_ranking("orders of Wegner", SHOP, NEAR, [VALUE], {"orders"})
    }
    assert report["orders"].ranks["words"] == 1
    assert report["orders"].ranks["table"] == 1
    assert report["cities"].ranks == {"columns": 1}
    assert report["cities"].values > 0
    assert "Wegner" in report["cities"].reason
    assert [name for name, each in report.items() if each.included] == ["orders"]


def test_the_order_is_that_of_the_ranking() -> None:
    places = [each.rank for each in explain_ranking("orders of Wegner", SHOP, NEAR, [VALUE], ())]
    assert [place for place in places if place is not None] == sorted(place for place in places if place)


def test_each_table_is_given_its_reason() -> None:
    value = ValueMatch("cities", "mayor", "Wegner", "wegner", 1.0)
    assert explain_tables("Which orders did Wegner place?", SHOP, [0, 2, 1, 3], [value]) == (
        "orders matches orders.",
        "cities holds 'Wegner' in mayor.",
        "customers joins orders with cities.",
        "logs is similar in meaning.",
    )
