"""Values and names that are near to what a question says."""

from rapidfuzz import fuzz, process

from agent.builtin.linking.spans import synonyms_for_values
from agent.builtin.nlg.answer import plural
from agent.builtin.schema.model import Schema
from schema_docs.search.results import FoundValue
from schema_docs.values.index import match_values
from schema_docs.values.synonyms import VALUE_SYNONYMS

_NEAR = 60


def values_in(question: str, found: tuple[FoundValue, ...], schema: Schema) -> tuple[FoundValue, ...]:
    """The values that were found, those that samples know, and those that other words stand for."""
    frequent = match_values(question, schema.frequent)
    # What is only hinted at is read here with more care: as a number, a flag, a person's sex.
    known = dict.fromkeys((*(value for value in found if not value.read), *frequent))
    for word in synonyms_for_values(question):
        known.update(dict.fromkeys(_stored_for(word, question, schema)))
    return tuple(known)


def _stored_for(word: str, question: str, schema: Schema) -> list[FoundValue]:
    """Stored values that a word stands for, under the spelling that it has in the question."""
    begin = question.lower().find(word)
    said = question[begin : begin + len(word)] if begin >= 0 else word
    found: list[FoundValue] = []
    for stored in VALUE_SYNONYMS[word]:
        numbers = schema.frequent.exact(stored.split())
        entries = [schema.frequent.entries[number] for number in numbers]
        found += [FoundValue(e.table, e.column, e.value, said, 0.92) for e in entries]
    return found


def suggest_words(unplaced: tuple[str, ...], schema: Schema) -> str:
    """Names of the schema that look like words that could not be placed; empty where none does."""
    names = {plural(schema.spoken_table(table)) for table in schema.facts}
    names |= {
        schema.spoken_column(table, c.name)
        for table, f in schema.facts.items()
        for c in f.table.columns
        if c.name not in f.keys
    }
    near: list[str] = []
    for word in unplaced:
        hits = process.extract(word.lower(), sorted(names), scorer=fuzz.WRatio, limit=2, score_cutoff=_NEAR)
        near.extend(f"“{name}”" for name, _, _ in hits)
    return " or ".join(dict.fromkeys(near[:3]))
