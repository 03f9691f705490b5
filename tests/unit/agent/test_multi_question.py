"""Several questions get one reply."""

from agent.multi_question import narrate_all
from tests.fixtures.llm.contexts import answer_context
from tests.fixtures.scripted_analyst import ScriptedAnalyst


async def test_one_question_is_answered_without_a_heading() -> None:
    assert [piece async for piece in narrate_all(ScriptedAnalyst(), [answer_context()])] == [
        "Here ",
        "you are.",
    ]


async def test_several_are_answered_in_order_each_under_its_question() -> None:
    reply = "".join(
        [piece async for piece in narrate_all(ScriptedAnalyst(), [answer_context(), answer_context()])]
    )
    assert reply == (
        "1. How many customers are there?\nHere you are.\n\n2. How many customers are there?\nHere you are."
    )
