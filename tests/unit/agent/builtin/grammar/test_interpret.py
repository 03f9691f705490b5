from agent.builtin.grammar.interpret import Words, printed, read, read_others
from tests.asking import TODAY
from tests.speaking import SHOP


def words(said: str) -> Words:
    return Words(said, SHOP, (), TODAY)


def test_the_surest_reading_is_taken() -> None:
    assert read(words("number of products")).sql == "SELECT COUNT(*) AS number_of_products FROM products"


def test_other_readings_have_other_queries() -> None:
    said = words("customers with an order above 100")
    taken = read(said)
    others = read_others(said, taken)
    assert others
    assert taken.sql not in {one.sql for one in others}
    assert [one.confidence for one in others] == sorted((one.confidence for one in others), reverse=True)


def test_the_same_words_are_read_alike() -> None:
    said = words("total of the orders by country")
    assert read(said) == read(said)


def test_a_plan_without_a_way_to_its_tables_has_no_query() -> None:
    taken = read(words("number of products"))
    assert taken.plan is not None
    assert printed(taken.plan.with_(tables=("suppliers",)), SHOP, taken).sql is None
