from schema_docs.documents.table_document import count_tokens
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.loaded_map import load_map
from schema_docs.values.semantic import build_semantic_index
from tests.unit.schema_docs.search.test_table_selection import SHOP


def test_everything_is_ready_for_each_table() -> None:
    count = len(SHOP.schema.catalog.tables)
    assert {
        len(each) for each in (SHOP.documents, SHOP.outlines, SHOP.widths, SHOP.neighbours, SHOP.numbers)
    } == {count}
    assert SHOP.tokens == sum(count_tokens(page.text) for page in SHOP.documents)
    assert SHOP.neighbours == [[1], [0, 2], [1], []]
    assert SHOP.values is None


def test_names_are_spelt_right_before_a_question_is_compared() -> None:
    assert SHOP.correct_spelling("How many costumers have ordres?") == "customer order"
    assert "customer" in SHOP.names


def test_values_are_named_by_their_words_then_by_meaning() -> None:
    stored = [("people", "sex", "Female"), ("people", "city", "Berlin")]
    semantic_values = build_semantic_index(stored, WordLlamaEmbedder())
    drawn = load_map(SHOP.head, SHOP.schema, stored, semantic_values=semantic_values)
    assert [hit.value for hit in drawn.find_values("women of Berlin")] == ["Berlin", "Female"]
    assert [hit.value for hit in drawn.find_values("people of Munich", [("t", "c", "Munich")])] == ["Munich"]
