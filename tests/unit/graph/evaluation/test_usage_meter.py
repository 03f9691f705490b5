from agent.analyst import Usage
from agent.llm.budget import Price
from graph.evaluation.usage_meter import Meter, count_tokens, meter


def test_what_a_model_takes_is_noted_for_the_question_at_hand() -> None:
    spent = Meter({"small": Price(input=2.0, output=4.0)})
    token = meter.set(spent)
    count_tokens(Usage(500_000, 250_000, "small"))
    meter.reset(token)
    count_tokens(Usage(7, 7, "small"))
    assert (spent.input_tokens, spent.output_tokens, spent.money, spent.unpriced) == (
        500_000,
        250_000,
        2.0,
        0,
    )


def test_a_model_without_a_price_makes_the_sum_unknown() -> None:
    spent = Meter()
    token = meter.set(spent)
    count_tokens(Usage(5, 5, "dear"))
    meter.reset(token)
    assert spent.unpriced == 1
