"""A part of a question comes back from a checkpoint as itself."""

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agent.analyst import Draft, Intent, Setback
from graph.parts import Part
from graph.state import KEPT
from graph.voting import Agreement, Ballot
from store.approved import Approved


def test_parts_ballots_and_agreements_are_kept() -> None:
    serde = JsonPlusSerializer(allowed_msgpack_modules=KEPT)
    approved = Approved("SELECT 1", "sqlite", ())
    part = Part(
        Intent("data", "q"),
        "answered",
        Draft("SELECT 1"),
        approved,
        row_count=1,
        agreement=Agreement(2, 3),
        setbacks=[Setback("syntax", "SELEC", "?")],
    )
    ballot = Ballot(Draft("SELECT 1"), approved, 1.5)

    back, voted = serde.loads_typed(serde.dumps_typed([part, ballot]))

    assert isinstance(back, Part)
    assert (back.agreement, back.setbacks, back.outcome) == (part.agreement, part.setbacks, "answered")
    assert isinstance(voted, Ballot)
    assert voted.cost == 1.5
