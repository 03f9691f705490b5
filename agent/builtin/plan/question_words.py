"""What the question word asks for, and which keys the question speaks of."""

from agent.builtin.grammar.date_filters import nearest_date
from agent.builtin.grammar.state import Reader, Want
from agent.builtin.plan.model import Col
from agent.builtin.text.lemmas import root

# Where something goes to and comes from is said by verbs as well.
_ROLES = {
    "destination": frozenset({"end", "arrive", "arrival", "land", "destination", "arriving", "to"}),
    "source": frozenset({"start", "depart", "departure", "leave", "origin", "source", "departing"}),
}


def roles_in(reader: Reader) -> tuple[str, ...]:
    """Keys that the question speaks of, where a table points at another in several ways."""
    said = {root(lemma) for piece in reader.pieces for lemma in piece.lemmas}
    said |= {role for role, words in _ROLES.items() if said & {root(word) for word in words}}
    found = []
    for facts in reader.schema.facts.values():
        targets = [key.other_table for key in facts.table.foreign_keys]
        for key in facts.table.foreign_keys:
            words = {root(word) for word in facts.words_of(key.columns[0])} | set(
                facts.words_of(key.columns[0])
            )
            shared = {root(word) for word in reader.schema.names.table_words[key.other_table]} | {"id"}
            if targets.count(key.other_table) > 1 and (words - shared) & said:
                found.append(key.columns[0])
    return tuple(found)


def _dated_by_word(reader: Reader, entity: str) -> Col | None:
    """`when was the school founded`, where a column of that name holds a date or a year."""
    facts = reader.schema.facts[entity] if entity else None
    refs = (
        ref for piece in reader.pieces for ref in piece.columns if ref.table == entity and ref.score > 0.8
    )
    names = (ref.column for ref in refs if ref.column)
    return next((Col(entity, n) for n in names if facts and (facts.is_date(n) or facts.is_year(n))), None)


_PLACES = "city|location|hometown|address|place|country|state|headquarters"


def answer_when_and_where(reader: Reader) -> None:
    """`when was the order placed` asks for a date, `where is the shop` for a place."""
    entity = reader.entity or ""
    said = _dated_by_word(reader, entity) if reader.asks == "date" else None
    if reader.asks not in {"date", "place"} or any(
        (want.col and not said) or want.counted or want.functions for want in reader.wants
    ):
        return
    if reader.asks == "date":
        col = reader.date or said or nearest_date(reader)
    else:
        near = [entity, *(edge.other for edge in reader.schema.graph.edges(entity))]
        found = (
            Col(table, ref.column)
            for word in _PLACES.split("|")
            for table in near
            for ref in reader.schema.names.find([word])
            if ref.table == table and ref.column and ref.column not in reader.schema.facts[table].keys
        )
        col = next(found, None)
    if col:
        reader.wants = [Want(item=col)]
