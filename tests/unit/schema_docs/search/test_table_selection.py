from uuid import UUID

from schema_docs.loaded_map import Atlas, open_atlas
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import FoundValue
from schema_docs.search.table_selection import MOST_TABLES, choose, columns_that_matter, rank
from store.catalog import Catalog, Column, ForeignKey, Table
from store.maps.records import MapHead, Near, Place


def table(name: str, *columns: str, to: str | None = None) -> Table:
    keys = (ForeignKey((f"{to}_id",), to, ("id",)),) if to else ()
    return Table(None, name, tuple(Column(column, "text", "text") for column in columns), foreign_keys=keys)


def atlas(*tables: Table) -> Atlas:
    return open_atlas(MapHead(UUID(int=1), 1), SchemaMap("x", 1, Catalog("sqlite", tables)))


SHOP = atlas(
    table("orders", "id", "customers_id", to="customers"),
    table("customers", "id", "cities_id", to="cities"),
    table("cities", "id", "mayor"),
    table("logs", "id", "line"),
)


def names(numbers: list[int], of: Atlas = SHOP) -> list[str]:
    return [of.schema.catalog.tables[number].name for number in numbers]


def test_the_table_a_question_names_comes_first() -> None:
    assert names(rank("How many orders?", SHOP, []))[0] == "orders"


def test_nearness_leads_where_no_word_is_shared() -> None:
    near = [Near(Place("logs"), 0.9), Near(Place("orders"), 0.1), Near(Place("logs", "line"), 0.8)]
    assert names(rank("journal entries", SHOP, near))[0] == "logs"


def test_a_value_leads_to_its_table() -> None:
    value = FoundValue("cities", "mayor", "Wegner", "wegner", 1.0)
    assert names(rank("what about wegner", SHOP, [], [value]))[0] == "cities"


def test_what_this_version_of_the_map_does_not_have_is_passed_over() -> None:
    near = [Near(Place("dropped"), 0.9), Near(Place("dropped", "id"), 0.9)]
    value = FoundValue("dropped", "id", "x", "x", 1.0)
    assert names(rank("orders", SHOP, near, [value]))[0] == "orders"
    assert columns_that_matter(SHOP, near, [value]) == {}


def test_the_tables_between_are_chosen_with_the_first_ones() -> None:
    many = atlas(
        *(table(f"t{n}", "id") for n in range(MOST_TABLES + 5)),
        table("bridge", "t0_id", "t1_id"),
    )
    assert len(choose(list(range(MOST_TABLES + 5)), many)) == MOST_TABLES
    chosen = names(choose([0, 2, 3, 1], SHOP))
    assert chosen.index("customers") == chosen.index("cities") + 1


def test_columns_near_and_columns_of_values_matter() -> None:
    near = [Near(Place("orders", "id"), 0.5), Near(Place("orders"), 0.5)]
    value = FoundValue("cities", "mayor", "x", "x", 1.0)
    assert columns_that_matter(SHOP, near, [value]) == {0: {"id"}, 2: {"mayor"}}
