import pytest

from agent.builtin.confidence import THRESHOLD, WEIGHTS, confidence_of, extract_features
from agent.builtin.plan.builder import build_plan, resolve_implicit
from tests.fixtures.builtin_analyst import parse


def signals(question: str) -> dict[str, float]:
    state = resolve_implicit(parse(question))
    plan = build_plan(state)
    assert plan is not None
    return extract_features(state, plan)


def test_every_signal_has_a_weight() -> None:
    assert set(signals("number of products")) == set(WEIGHTS)


@pytest.mark.parametrize(
    ("question", "signal"),
    [
        ("products of customers from Berlin", "tables"),
        ("the most expensive product", "superlative"),
        ("number of orders per customer", "groups"),
        ("customers with a city", "repeated_rows"),
        ("orders", "no_selection"),
        ("names of the products with the highest price", "limit_one_of_plural"),
        ("products without orders", "negations"),
    ],
)
def test_what_makes_doubt_is_seen(question: str, signal: str) -> None:
    assert signals(question)[signal] > signals("number of products")[signal]


def test_words_that_could_not_be_placed_make_a_reading_unsure() -> None:
    state = resolve_implicit(parse("customers who complained"))
    assert confidence_of(state, build_plan(state)) < THRESHOLD
    state = resolve_implicit(parse("number of products"))
    assert confidence_of(state, build_plan(state)) > THRESHOLD


def test_without_a_plan_nothing_is_sure() -> None:
    assert confidence_of(parse("gadgets"), None) == 0.0
