"""Spelling suggestions and stored values for the words of a question."""

from agent.builtin.linking.spans import value_synonyms_in
from agent.builtin.nlg.inflection import pluralize
from agent.builtin.schema.model import Schema
from schema_docs.search.results import ValueMatch
from schema_docs.text.spelling import most_similar
from schema_docs.values.index import match_values
from schema_docs.values.synonyms import VALUE_SYNONYMS

_MIN_SIMILARITY = 60
_SYNONYM_SCORE = 0.92
_MAX_SUGGESTIONS = 3


def find_values(question: str, retrieved: tuple[ValueMatch, ...], schema: Schema) -> tuple[ValueMatch, ...]:
    """Collect stored values in a question: retrieved ones, frequent ones, and those with a synonym in it."""
    frequent = match_values(question, schema.frequent_values)
    # Values that the retriever inferred are left out: the grammar derives numbers, flags and sexes itself.
    values = dict.fromkeys((*(value for value in retrieved if not value.inferred), *frequent))
    for word in value_synonyms_in(question):
        values.update(dict.fromkeys(_values_for_synonym(word, question, schema)))
    return tuple(values)


def _values_for_synonym(word: str, question: str, schema: Schema) -> list[ValueMatch]:
    """Return the stored values that a word stands for, spelt as in the question."""
    begin = question.lower().find(word)
    spelling = question[begin : begin + len(word)] if begin >= 0 else word
    values: list[ValueMatch] = []
    for stored in VALUE_SYNONYMS[word]:
        numbers = schema.frequent_values.by_words(stored.split())
        entries = [schema.frequent_values.entries[number] for number in numbers]
        values += [ValueMatch(e.table, e.column, e.value, spelling, _SYNONYM_SCORE) for e in entries]
    return values


def suggest_words(unplaced: tuple[str, ...], schema: Schema) -> str:
    """Suggest up to three names that resemble words which could not be placed; empty if none does."""
    labels = {pluralize(schema.table_label(table)) for table in schema.roles}
    labels |= {
        schema.column_label(table, column.name)
        for table, roles in schema.roles.items()
        for column in roles.table.columns
        if column.name not in roles.key_columns
    }
    similar: list[str] = []
    for word in unplaced:
        if len(similar) >= _MAX_SUGGESTIONS:
            break
        similar.extend(f"“{label}”" for label in most_similar(word, labels, 2, _MIN_SIMILARITY))
    return " or ".join(dict.fromkeys(similar[:_MAX_SUGGESTIONS]))
