import pytest

from agent.builtin.confidence import THRESHOLD, WEIGHTS, confidence_of, signals_of
from agent.builtin.plan.builder import assemble
from tests.asking import read


def signals(question: str) -> dict[str, float]:
    reader = read(question)
    plan = assemble(reader)
    assert plan is not None
    return signals_of(reader, plan)


def test_every_signal_has_a_weight() -> None:
    assert set(signals("number of products")) == set(WEIGHTS)


@pytest.mark.parametrize(
    ("question", "signal"),
    [
        ("products of customers from Berlin", "tables"),
        ("the most expensive product", "superlative"),
        ("number of orders per customer", "groups"),
        ("customers with a city", "repeated_rows"),
        ("orders", "nothing_named"),
        ("names of the products with the highest price", "one_of_many"),
        ("products without orders", "negations"),
    ],
)
def test_what_makes_doubt_is_seen(question: str, signal: str) -> None:
    assert signals(question)[signal] > signals("number of products")[signal]


def test_words_that_could_not_be_placed_make_a_reading_unsure() -> None:
    reader = read("customers who complained")
    assert confidence_of(reader, assemble(reader)) < THRESHOLD
    reader = read("number of products")
    assert confidence_of(reader, assemble(reader)) > THRESHOLD


def test_without_a_plan_nothing_is_sure() -> None:
    assert confidence_of(read("gadgets"), None) == 0.0
