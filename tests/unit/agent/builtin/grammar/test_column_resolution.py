from agent.builtin.grammar.column_resolution import best_noun, choose_column, find_property
from agent.builtin.grammar.state import ParserState, Sentence
from agent.builtin.plan.model import ColumnRef
from tests.fixtures.builtin_analyst import TODAY
from tests.fixtures.nlg_cases import SHOP


def state(question: str, entity: str | None = None) -> ParserState:
    return ParserState(Sentence(SHOP.linker.link(question, (), TODAY).spans), SHOP, TODAY, entity=entity)


def test_a_column_of_the_entity_is_preferred() -> None:
    names = SHOP.names.find(["name"])
    for table in ("products", "suppliers", "categories"):
        assert choose_column(state("name", table), names) == ColumnRef(table, "name")


def test_a_table_that_the_question_names_is_preferred() -> None:
    names = SHOP.names.find(["name"])
    assert choose_column(state("suppliers and name"), names) == ColumnRef("suppliers", "name")


def test_the_score_and_the_margin_of_a_choice_are_logged() -> None:
    parsed = state("name", "products")
    choose_column(parsed, SHOP.names.find(["name"]))
    assert parsed.evidence.scores == [1.0]
    assert parsed.evidence.margins[0] > 0


def test_a_noun_that_names_a_table_exactly_means_its_rows() -> None:
    parsed = state("orders")
    best = best_noun(parsed, parsed.spans[0])
    assert best is not None
    assert (best.kind, best.table) == ("table", "orders")


def test_a_property_is_found_by_any_of_its_names() -> None:
    assert find_property(state("cheapest"), "price|cost", "products") == ColumnRef("products", "price")
    assert find_property(state("oldest"), "age|birth date", "orders") == ColumnRef("orders", "ordered_at")
    assert find_property(state("tallest"), "height", "products") is None
