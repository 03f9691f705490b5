from dataclasses import replace

import pytest
from sqlglot import exp

from agent.builtin.grammar.interpret import (
    MAX_PARSED_SPANS,
    InterpretRequest,
    interpret,
    interpret_alternatives,
    print_plan,
)
from agent.builtin.plan.model import Plan
from agent.builtin.sql.printer import SqlPrinter
from schema_docs.text.tokenizer import MAX_TOKENS, truncate
from tests.fixtures.builtin_analyst import TODAY
from tests.fixtures.nlg_cases import SHOP


class CountingPrinter(SqlPrinter):
    """Counts the plans that are printed: one for each interpretation."""

    def __init__(self) -> None:
        super().__init__(SHOP.roles, SHOP.graph, SHOP.map.catalog.dialect)
        self.plans = 0

    def build(self, plan: Plan) -> exp.Query:
        self.plans += 1
        return super().build(plan)


def request(question: str) -> InterpretRequest:
    return InterpretRequest(question, SHOP, (), TODAY)


def test_the_most_confident_interpretation_is_chosen() -> None:
    sql = interpret(request("number of products")).sql
    assert sql == "SELECT COUNT(*) AS number_of_products FROM products"


def test_alternatives_have_other_queries() -> None:
    question = request("customers with an order above 100")
    chosen = interpret(question)
    alternatives = interpret_alternatives(question, chosen)
    confidences = [alternative.confidence for alternative in alternatives]
    assert alternatives
    assert chosen.sql not in {alternative.sql for alternative in alternatives}
    assert confidences == sorted(confidences, reverse=True)


def test_interpretation_is_deterministic() -> None:
    question = request("total of the orders by country")
    assert interpret(question) == interpret(question)


def test_a_plan_without_a_join_path_has_no_query() -> None:
    chosen = interpret(request("number of products"))
    assert chosen.plan is not None
    assert print_plan(chosen.plan.with_(tables=("suppliers",)), SHOP, chosen).sql is None


@pytest.mark.parametrize(
    "phrase",
    [
        "revenue by month by country by ",
        "1.1.1.",
        "1 2 3 ",
        "top ",
        "name, ",
        "price above the average price with ",
        "customers or ",
    ],
)
def test_the_work_for_a_long_question_is_bounded(phrase: str) -> None:
    printer = CountingPrinter()
    question = (phrase * 4_000)[:4_000]
    long_request = replace(request(question), schema=replace(SHOP, printer=printer))
    chosen = interpret(long_request)
    interpret_alternatives(long_request, chosen)
    spans = len(SHOP.linker.link(truncate(question), (), TODAY).spans)
    assert spans <= 2 * MAX_TOKENS
    assert printer.plans <= 3 + 2 * MAX_PARSED_SPANS // spans
    assert chosen.sql is None or chosen.unplaced[-1:] == ("…",)
