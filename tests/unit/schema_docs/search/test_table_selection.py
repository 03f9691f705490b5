from uuid import UUID

from schema_docs.loaded_map import LoadedMap, load_map
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import ValueMatch
from schema_docs.search.table_selection import MAX_TABLES, rank_tables, relevant_columns, select_tables
from store.catalog import Catalog, Column, ForeignKey, Table
from store.maps.records import MapHead, PassageMatch, SchemaElement


def table(name: str, *columns: str, to: str | None = None) -> Table:
    keys = (ForeignKey((f"{to}_id",), to, ("id",)),) if to else ()
    return Table(None, name, tuple(Column(column, "text", "text") for column in columns), foreign_keys=keys)


def loaded_map(*tables: Table) -> LoadedMap:
    return load_map(MapHead(UUID(int=1), 1), SchemaMap("x", 1, Catalog("sqlite", tables)))


SHOP = loaded_map(
    table("orders", "id", "customers_id", to="customers"),
    table("customers", "id", "cities_id", to="cities"),
    table("cities", "id", "mayor"),
    table("logs", "id", "line"),
)


def names(numbers: list[int], of: LoadedMap = SHOP) -> list[str]:
    return [of.schema.catalog.tables[number].name for number in numbers]


def test_the_table_a_question_names_comes_first() -> None:
    assert names(rank_tables("How many orders?", SHOP, []))[0] == "orders"


def test_nearness_leads_where_no_word_is_shared() -> None:
    nearest = [
        PassageMatch(SchemaElement("logs"), 0.9),
        PassageMatch(SchemaElement("orders"), 0.1),
        PassageMatch(SchemaElement("logs", "line"), 0.8),
    ]
    assert names(rank_tables("journal entries", SHOP, nearest))[0] == "logs"


def test_a_value_leads_to_its_table() -> None:
    value = ValueMatch("cities", "mayor", "Wegner", "wegner", 1.0)
    assert names(rank_tables("what about wegner", SHOP, [], [value]))[0] == "cities"


def test_what_this_version_of_the_map_does_not_have_is_passed_over() -> None:
    nearest = [PassageMatch(SchemaElement("dropped"), 0.9), PassageMatch(SchemaElement("dropped", "id"), 0.9)]
    value = ValueMatch("dropped", "id", "x", "x", 1.0)
    assert names(rank_tables("orders", SHOP, nearest, [value]))[0] == "orders"
    assert relevant_columns(SHOP, nearest, [value]) == {}


def test_the_tables_between_are_chosen_with_the_first_ones() -> None:
    many = loaded_map(
        *(table(f"t{n}", "id") for n in range(MAX_TABLES + 5)),
        table("bridge", "t0_id", "t1_id"),
    )
    assert len(select_tables(list(range(MAX_TABLES + 5)), many)) == MAX_TABLES
    chosen = names(select_tables([0, 2, 3, 1], SHOP))
    assert chosen.index("customers") == chosen.index("cities") + 1


def test_columns_near_and_columns_of_values_matter() -> None:
    nearest = [PassageMatch(SchemaElement("orders", "id"), 0.5), PassageMatch(SchemaElement("orders"), 0.5)]
    value = ValueMatch("cities", "mayor", "x", "x", 1.0)
    assert relevant_columns(SHOP, nearest, [value]) == {0: {"id"}, 2: {"mayor"}}
