from schema_docs.pages import count_tokens
from tests.unit.schema_docs.test_choosing import SHOP


def test_everything_is_ready_for_each_table() -> None:
    count = len(SHOP.schema.catalog.tables)
    assert {
        len(each) for each in (SHOP.pages, SHOP.outlines, SHOP.widths, SHOP.neighbours, SHOP.numbers)
    } == {count}
    assert SHOP.tokens == sum(count_tokens(page.text) for page in SHOP.pages)
    assert SHOP.neighbours == [[1], [0, 2], [1], []]
    assert SHOP.values is None
