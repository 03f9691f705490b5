"""The parser state, and how rules are applied to it."""

from collections import Counter
from dataclasses import replace

import pytest

from agent.builtin.grammar.parser import RULES
from agent.builtin.grammar.selection import parse_selection
from agent.builtin.grammar.state import ParserState, Rule, Sentence, parse_rest
from tests.fixtures.builtin_analyst import TODAY
from tests.fixtures.nlg_cases import SHOP, VIP


def begin(question: str) -> ParserState:
    return ParserState(Sentence(SHOP.linker.link(question, (), TODAY).spans), SHOP, TODAY)


def counted(rule: Rule, calls: Counter[Rule]) -> Rule:
    def apply(state: ParserState) -> ParserState | None:
        calls[rule] += 1
        return rule(state)

    return apply


def test_a_span_without_a_rule_is_unplaced() -> None:
    state = parse_rest(begin("some gadgets"))
    assert state.done
    assert state.evidence.unplaced == ["some", "gadgets"]


def test_a_rule_that_consumes_nothing_does_not_apply() -> None:
    def distinct(state: ParserState) -> ParserState:
        return replace(state, selection=replace(state.selection, distinct=True))

    state = parse_rest(replace(begin("orders"), rules=(distinct,)))
    assert state.done
    assert not state.selection.distinct


def test_a_rule_leaves_the_state_before_it_unchanged() -> None:
    before = begin("orders of customers")
    after = before.advance().mention("customers").add_where(VIP)
    assert (before.position, before.tables, before.filters.where) == (0, (), ())
    assert (after.position, after.tables, after.filters.where) == (1, ("customers",), (VIP,))


@pytest.mark.parametrize(
    "question",
    ["revenue by month by country by " * 30, "orders above the average total of orders with " * 20],
)
def test_each_rule_is_tried_at_most_twice_at_a_span(question: str) -> None:
    # The second time is as a condition within an aggregate.
    calls: Counter[Rule] = Counter()
    state = replace(parse_selection(begin(question)), rules=tuple(counted(rule, calls) for rule in RULES))
    parse_rest(state)
    assert max(calls.values()) <= 2 * len(state.spans)
