"""Put questions to the built-in analyst about a small shop, and see the query that it writes."""

from collections.abc import Sequence
from datetime import date

from agent.analyst import Draft, Intent, Memory, Task, Turn
from agent.builtin.analyst import BuiltinAnalyst
from agent.builtin.confidence import THRESHOLD
from agent.builtin.grammar.parser import read_question
from agent.builtin.grammar.state import Reader
from agent.builtin.linking.suggestions import values_in
from schema_docs.search.results import Found
from schema_docs.values.index import ValueIndex, match_values
from tests.speaking import SHOP

TODAY = date(2026, 11, 21)
STORED = ValueIndex(
    [
        ("addresses", "city", "Berlin"),
        ("addresses", "city", "Paris"),
        ("customers", "country", "Germany"),
        ("customers", "country", "France"),
        ("customers", "segment", "vip"),
        ("customers", "first_name", "Anna"),
        ("orders", "status", "shipped"),
        ("orders", "status", "cancelled"),
        ("orders", "channel", "web"),
        ("categories", "name", "Kitchen"),
        ("products", "name", "Garden Hose 25 m"),
    ]
)


async def ask(question: str, before: Sequence[str] = (), threshold: float = THRESHOLD) -> Draft | Intent:
    """What the analyst makes of a question, after others in the same conversation."""
    analyst, memory = BuiltinAnalyst(threshold=threshold), Memory()
    for asked in before:
        draft = await _put(analyst, asked, memory)
        assert isinstance(draft, Draft), draft
        memory = Memory((*memory.turns, Turn(asked, asked, "", "answered", draft.sql, draft.plan)))
    return await _put(analyst, question, memory)


async def sql_of(question: str, *before: str) -> str:
    """The query for a question, after others; fails where it is not understood."""
    # What is understood is one thing, whether that is sure enough to be answered another.
    draft = await ask(question, before, threshold=0.5)
    assert isinstance(draft, Draft), draft
    return draft.sql


def read(question: str) -> Reader:
    """A question as the grammar reads it."""
    values = values_in(question, match_values(question, STORED), SHOP)
    reader = Reader(SHOP.linker.link(question, values, TODAY).pieces, SHOP, TODAY)
    read_question(reader)
    return reader


async def _put(analyst: BuiltinAnalyst, question: str, memory: Memory) -> Draft | Intent:
    intent = await analyst.understand(question, memory, SHOP.map, TODAY)
    found = Found(1, values=match_values(intent.question, STORED))
    return await analyst.draft(Task(intent, memory, SHOP.map, found, TODAY))
