from dataclasses import replace

from agent.analyst import Draft, DraftContext, Intent, Memory, Turn
from agent.builtin.analyst import BuiltinAnalyst
from agent.builtin.clarification import chosen_reading, resolve_clarification
from schema_docs.search.results import SearchResult
from tests.fixtures.builtin_analyst import TODAY, ask
from tests.fixtures.nlg_cases import SHOP

UNSURE = "customers who complained"


async def unsure(question: str = UNSURE) -> Intent:
    asked_back = await ask(question)
    assert isinstance(asked_back, Intent)
    return asked_back


def turn_of(intent: Intent) -> Turn:
    """The turn that asked back, as a conversation keeps it."""
    return Turn(intent.question, intent.question, intent.reply or "", "unclear", plan=intent.choice_plans)


async def drafted(intent: Intent) -> Draft | Intent:
    return await BuiltinAnalyst().draft(DraftContext(intent, Memory(), SHOP.map, SearchResult(1), TODAY))


async def test_two_readings_are_offered_beside_the_words_that_could_not_be_placed() -> None:
    intent = await unsure()

    assert intent.unmatched_words == ("complained",)
    assert len(set(intent.choices)) == 2
    assert intent.default_choice == intent.choices[0]
    assert all(choice in (intent.reply or "") for choice in intent.choices)


async def test_each_choice_is_answered_by_its_own_query() -> None:
    intent = await unsure()

    drafts = [await drafted(resolve_clarification(turn_of(intent), choice)) for choice in intent.choices]

    assert all(isinstance(draft, Draft) for draft in drafts)
    assert len({draft.sql for draft in drafts if isinstance(draft, Draft)}) == 2
    for draft, choice in zip(drafts, intent.choices, strict=True):
        assert isinstance(draft, Draft)
        assert draft.reading.lower() == choice.lower()


async def test_a_choice_may_be_said_by_its_place() -> None:
    asked_back = turn_of(await unsure())

    first, second = await unsure(), resolve_clarification(asked_back, "the second one")
    assert resolve_clarification(asked_back, "1").question == first.choices[0]
    assert second.question == first.choices[1]


async def test_how_sure_a_choice_is_stays_told() -> None:
    intent = await unsure()

    draft = await drafted(resolve_clarification(turn_of(intent), intent.choices[0]))

    assert isinstance(draft, Draft)
    assert draft.confidence < 0.5


async def test_what_nobody_could_decide_is_said_to_be_left_out() -> None:
    intent = await unsure()
    draft_taken = replace(intent, kind="data", question=intent.choices[0])

    draft = await drafted(draft_taken)

    assert isinstance(draft, Draft)
    assert "“complained” was not understood and is ignored." in draft.assumptions


async def test_other_words_are_a_question_or_complete_one() -> None:
    asked_back = turn_of(await unsure())

    assert (
        resolve_clarification(asked_back, "how many customers are there").question
        == "how many customers are there"
    )
    assert resolve_clarification(asked_back, "from Berlin").question == f"{UNSURE} from Berlin"


async def test_notes_of_others_choose_nothing() -> None:
    for note in (None, "not JSON", "[1]", '{"is":"Plan"}', '{"a": [1, "not a plan"]}'):
        assert chosen_reading(Intent("data", "a", choice_plans=note), SHOP) is None
