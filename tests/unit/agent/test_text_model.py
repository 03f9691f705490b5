"""A model that continues texts answers like one that talks."""

from langchain_core.language_models import FakeListLLM
from langchain_core.language_models.fake import FakeStreamingListLLM

from agent.manner import Manner
from agent.model_analyst import ModelAnalyst
from agent.text_model import TextModel
from tests.model_world import MEMORY, SCHEMA, TODAY, story

FILLED = 'Sure: {"kind": "data", "question": "How many?"}'


async def test_forms_are_found_in_its_prose() -> None:
    analyst = ModelAnalyst(TextModel(llm=FakeListLLM(responses=[FILLED])), manner=Manner(ways=("prose",)))
    intent = await analyst.understand("how many?", MEMORY, SCHEMA, TODAY)
    assert (intent.kind, intent.question) == ("data", "How many?")


async def test_its_words_are_streamed() -> None:
    analyst = ModelAnalyst(TextModel(llm=FakeStreamingListLLM(responses=["Twelve."])))
    assert "".join([piece async for piece in analyst.narrate(story())]) == "Twelve."


def test_instructions_stand_before_the_material() -> None:
    model = TextModel(llm=FakeListLLM(responses=["ok"]))
    assert model.invoke([("system", "Do this."), ("human", "With that.")]).text == "ok"
    assert "fake" in model._llm_type
