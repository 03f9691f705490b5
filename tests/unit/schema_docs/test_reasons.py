from schema_docs.found import FoundValue
from schema_docs.reasons import explain
from tests.unit.schema_docs.test_choosing import SHOP


def test_each_table_is_given_its_reason() -> None:
    value = FoundValue("cities", "mayor", "Wegner", "wegner", 1.0)
    assert explain("Which orders did Wegner place?", SHOP, [0, 2, 1, 3], [value]) == (
        "orders speaks of orders.",
        "cities holds 'Wegner' in mayor.",
        "customers joins orders with cities.",
        "logs is near in meaning.",
    )
