from schema_docs.documents.passages import Passage, weigh_lemmas, write_passages
from schema_docs.schema_map import Note, SchemaMap
from schema_docs.text.identifiers import IdentifierSplitter
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
    document = weigh_lemmas(CUSTOMERS, SHOP, IdentifierSplitter([]))
    assert document["customer"] == document["client"] > document["person"] > 0


def test_a_document_has_names_as_written_and_expanded() -> None:
    document = weigh_lemmas(ORDERS, SHOP, IdentifierSplitter([]))
    assert {"cust", "customer", "id", "shop", "order"} <= document.keys()
