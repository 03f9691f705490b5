from schema_docs.documents.passages import Passage, find_neighbours, weigh_stems, write_passages
from schema_docs.schema_map import Note, SchemaMap
from store.catalog import Catalog, Column, ForeignKey, Table

ORDERS = Table(
    None,
    "shopOrders",
    (Column("id", "int", "integer"), Column("cust_id", "int", "integer", comment="Who pays")),
    foreign_keys=(ForeignKey(("cust_id",), "customers", ("id",)), ForeignKey(("id",), "shopOrders", ("id",))),
)
CUSTOMERS = Table(None, "customers", (), comment="People")
SHOP = SchemaMap(
    "shop", 1, Catalog("sqlite", (ORDERS, CUSTOMERS)), {"customers": Note(synonyms=("clients",))}
)


def test_each_table_and_each_column_has_a_passage() -> None:
    assert list(write_passages(SHOP)) == [
        Passage("shopOrders", None, "shop orders: id, cust id"),
        Passage("shopOrders", "id", "shop orders id"),
        Passage("shopOrders", "cust_id", "shop orders cust id Who pays"),
        Passage("customers", None, "customers clients People: "),
    ]


def test_a_document_weighs_names_above_the_rest() -> None:
    document = weigh_stems(CUSTOMERS, SHOP)
    assert document["customer"] == document["client"] > document["people"] > 0


def test_neighbours_are_joined_by_foreign_keys_in_either_direction_and_never_oneself() -> None:
    assert find_neighbours(SHOP) == [[1], [0]]
