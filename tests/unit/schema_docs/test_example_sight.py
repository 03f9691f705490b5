import pytest

from schema_docs.example_sight import shows_example
from store.access import Access, Choice, Mask, Role, RowRule
from store.catalog import Catalog, Column, Table
from store.visible import visible


def table(name: str, *columns: str) -> Table:
    return Table(None, name, tuple(Column(column, "text", "text") for column in columns))


SHOP = Catalog(
    "sqlite", (table("orders", "id", "total", "secret"), table("people", "id", "name"), table("pay", "id"))
)
ROLE = Role(
    tables=Choice(hide=("pay",)),
    columns=Choice(hide=("orders.secret",)),
    rows=(RowRule(("people",), "id = 1"),),
    masks=(Mask(("orders.total",), "bucket", 10),),
)


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("SELECT id FROM orders", True),
        ("SELECT count(*) FROM orders", True),
        ("SELECT sum(total) FROM orders", True),
        ("SELECT id FROM pay", False),
        ("SELECT id FROM (SELECT id FROM Pay)", False),
        ("WITH pay AS (SELECT id FROM orders) SELECT id FROM pay", True),
        ("SELECT secret FROM orders", False),
        ("SELECT * FROM orders", False),
        ("SELECT o.* FROM orders AS o", False),
        ("SELECT id FROM orders WHERE SECRET = 'x'", False),
        ("SELECT id FROM orders WHERE total > 50", False),
        ("SELECT name FROM people", True),
        ("SELECT name FROM people WHERE name = 'Ann'", False),
        ("SELECT id FROM nowhere", False),
        ("SELECT (", False),
    ],
)
def test_an_example_gives_nothing_hidden_away(sql: str, shown: bool) -> None:
    access = Access(ROLE)
    assert shows_example(sql, SHOP, visible(SHOP, access), access) is shown
