from schema_docs.documents.table_document import count_tokens
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.loaded_map import open_atlas
from schema_docs.values.semantic import learn
from tests.unit.schema_docs.search.test_table_selection import SHOP


def test_everything_is_ready_for_each_table() -> None:
    count = len(SHOP.schema.catalog.tables)
    assert {
        len(each) for each in (SHOP.pages, SHOP.outlines, SHOP.widths, SHOP.neighbours, SHOP.numbers)
    } == {count}
    assert SHOP.tokens == sum(count_tokens(page.text) for page in SHOP.pages)
    assert SHOP.neighbours == [[1], [0, 2], [1], []]
    assert SHOP.values is None


def test_names_are_spelt_right_before_a_question_is_compared() -> None:
    assert SHOP.spell("How many costumers have ordres?") == "customer order"
    assert "customer" in SHOP.names


def test_values_are_named_by_their_words_then_by_meaning() -> None:
    stored = [("people", "sex", "Female"), ("people", "city", "Berlin")]
    meanings = learn(stored, WordLlamaEmbedder())
    drawn = open_atlas(SHOP.head, SHOP.schema, stored, meanings=meanings)
    assert [hit.value for hit in drawn.name_values("women of Berlin")] == ["Berlin", "Female"]
    assert [hit.value for hit in drawn.name_values("people of Munich", [("t", "c", "Munich")])] == ["Munich"]
