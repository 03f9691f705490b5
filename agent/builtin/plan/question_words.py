"""Question words `when` and `where`, and the foreign keys that a question mentions by role."""

from agent.builtin.grammar.date_filters import nearest_date
from agent.builtin.grammar.state import ParserState, SelectItem
from agent.builtin.plan.model import ColumnRef
from schema_docs.text.lemmatizer import root

# Verbs express origin and destination as well as nouns do.
_ROLE_WORDS = {
    "destination": frozenset({"end", "arrive", "arrival", "land", "destination", "arriving", "to"}),
    "source": frozenset({"start", "depart", "departure", "leave", "origin", "source", "departing"}),
}


def mentioned_foreign_keys(state: ParserState) -> tuple[str, ...]:
    """Find foreign keys that the question names, for tables with several keys to the same target."""
    question_roots = {root(lemma) for span in state.spans for lemma in span.lemmas}
    question_roots |= {
        role for role, key_words in _ROLE_WORDS.items() if question_roots & {root(word) for word in key_words}
    }
    columns = []
    for roles in state.schema.roles.values():
        targets = [key.referenced_table for key in roles.table.foreign_keys]
        for key in roles.table.foreign_keys:
            key_name = roles.words_of(key.columns[0])
            key_words = {root(word) for word in key_name} | set(key_name)
            target_name = state.schema.names.table_words[key.referenced_table]
            target_words = {root(word) for word in target_name} | {"id"}
            if targets.count(key.referenced_table) > 1 and (key_words - target_words) & question_roots:
                columns.append(key.columns[0])
    return tuple(columns)


def _date_column_by_name(state: ParserState, entity: str) -> ColumnRef | None:
    """Find the date or year column named in the question: `when was the school founded`."""
    roles = state.schema.roles[entity] if entity else None
    matches = (
        match for span in state.spans for match in span.columns if match.table == entity and match.score > 0.8
    )
    names = (match.column for match in matches if match.column)
    return next(
        (ColumnRef(entity, n) for n in names if roles and (roles.is_date(n) or roles.is_year(n))), None
    )


_PLACE_WORDS = ("city", "location", "hometown", "address", "place", "country", "state", "headquarters")


def apply_question_word(state: ParserState) -> ParserState:
    """Select a date for `when was the order placed` and a place for `where is the shop`."""
    entity, question_word = state.entity or "", state.selection.question_word
    named_date = _date_column_by_name(state, entity) if question_word == "date" else None
    if question_word not in {"date", "place"} or any(
        (item.column and not named_date) or item.counted or item.functions for item in state.selection.items
    ):
        return state
    if question_word == "date":
        column = state.clause.date or named_date or nearest_date(state)
    else:
        column = _nearest_place(state, entity)
    return state.with_items(SelectItem(item=column)) if column else state


def _nearest_place(state: ParserState, entity: str) -> ColumnRef | None:
    """Find a place of the entity or of a table next to it."""
    nearby_tables = [entity, *(edge.other for edge in state.schema.graph.edges(entity))]
    for word in _PLACE_WORDS:
        for table in nearby_tables:
            for match in state.schema.names.find([word]):
                key_columns = state.schema.roles[table].key_columns
                if match.table == table and match.column and match.column not in key_columns:
                    return ColumnRef(table, match.column)
    return None
