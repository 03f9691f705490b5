from agent.guard.names.scopes import Scope, Source
from agent.guard.names.suggestions import suggest_columns, suggest_functions, suggest_tables
from store.catalog import Catalog
from tests.fixtures.guard.schema import shop

SHOP = shop("postgres")


def test_the_nearest_tables_are_named() -> None:
    assert suggest_tables("order_itms", SHOP).startswith("Tables with a similar name: order_items")


def test_a_small_catalog_is_listed_where_nothing_is_near() -> None:
    assert suggest_tables("zzz", SHOP).startswith("The tables are: public.customers,")
    assert suggest_tables("zzz", Catalog("postgres", ())) == ""


def test_the_nearest_columns_are_named_with_their_source() -> None:
    scope = Scope(sources={"o": Source(("total", "status"))})
    assert suggest_columns("totals", scope, SHOP) == "Columns with a similar name: o.total."


def test_columns_around_the_query_count_as_well() -> None:
    scope = Scope(outer=Scope(sources={"c": Source(("city",))}))
    assert "c.city" in suggest_columns("cities", scope, SHOP)


def test_allowed_functions_are_offered() -> None:
    assert "date_part" in suggest_functions("datepart", ["date_part", "lower"])
    assert suggest_functions("xyz", ["lower"]) == ""
