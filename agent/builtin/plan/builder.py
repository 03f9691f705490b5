"""Plan builder: combine what the parser collected into one query plan."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import choose_column
from agent.builtin.grammar.conditions import add_condition
from agent.builtin.grammar.date_filters import bucket_of, nearest_date
from agent.builtin.grammar.measures import default_sort_items, display_columns
from agent.builtin.grammar.state import ParserState, SelectItem
from agent.builtin.grammar.value_filters import add_value_condition
from agent.builtin.plan.grouping import build_grouped_plan, is_category_list
from agent.builtin.plan.model import (
    AggregateFunction,
    ColumnRef,
    Comparison,
    DateBucket,
    Item,
    Measure,
    Plan,
    SetOperation,
    SortKey,
)
from agent.builtin.plan.projection import keep_date_ranges, select_items
from agent.builtin.plan.top_n import apply_top_n
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


def build_plan(state: ParserState) -> Plan | None:
    """Build the query plan from a resolved state; None if the question named no table."""
    if state.entity is None:
        return None
    items = [item for request in state.selection.items for item in select_items(state, request)]
    if any(request.share for request in state.selection.items):
        state = keep_date_ranges(state)
    if _is_aggregate_of_counts(state):
        return _aggregate_counts(state)
    plan = build_grouped_plan(state, _deduplicate(items)).with_(via=mentioned_foreign_keys(state))
    plan = apply_top_n(state, plan)
    plan = plan.with_(where=tuple(dict.fromkeys((*plan.where, *state.filters.where))))
    return _complete_plan(state, plan)


def resolve_implicit(state: ParserState) -> ParserState:
    """Resolve what a question leaves implicit: values before nouns, buckets, question words, directions."""
    if state.entity is None:
        return state
    state = _drop_row_groups(_add_date_bucket(add_pending_values(state)))
    state = apply_question_word(state)
    if not state.ordering.direction or state.ordering.keys:
        return state
    descending = state.ordering.direction == "desc"
    return state.add_sort_keys(*(SortKey(item, descending) for item in default_sort_items(state)))


def _drop_row_groups(state: ParserState) -> ParserState:
    """Drop grouping by the entity's own name: `the number of rooms for each apartment`, one value per row."""
    entity, groups = state.entity or "", state.grouping.items
    counted_tables = [item.table for item in state.selection.items if item.counted and item.table]
    shown_tables = {item.column.table for item in state.selection.items if item.column}
    own_columns = set(display_columns(state, entity))
    if not groups or not set(groups) <= own_columns or counted_tables or shown_tables != {entity}:
        return state
    return replace(state, grouping=replace(state.grouping, items=()))


def add_pending_values(state: ParserState) -> ParserState:
    """Turn values that preceded their noun (`German customers`) into conditions."""
    for span in state.selection.pending_values:
        clause = replace(state.clause, focus=state.entity, column=None, connective="and")
        state = replace(state, clause=clause)
        if span.values and not span.is_noun:
            state = add_value_condition(state, span, "=")
        elif column := choose_column(state, span.matches):
            state = add_condition(state, Comparison(column, "=", True))
    return state


def _add_date_bucket(state: ParserState) -> ParserState:
    unit = state.grouping.bucket
    if not unit:
        return state
    bucket = bucket_of(state, unit)  # type: ignore[arg-type]  # the lexicon has only units
    if bucket:
        return state.add_groups(bucket)
    state.mark_unplaced(f"by {unit}")
    return state


def _is_aggregate_of_counts(state: ParserState) -> bool:
    requests = state.selection.items
    return (
        len(requests) == 1
        and requests[0].counted
        and bool(requests[0].functions)
        and bool(state.grouping.items)
    )


def _aggregate_counts(state: ParserState) -> Plan:
    """Aggregate counts of groups: `the average number of orders per customer` counts, then averages."""
    request = state.selection.items[0]
    assert state.entity is not None
    counted_table = request.table or (request.column.table if request.column else state.entity)
    group_keys = tuple(dict.fromkeys(_group_key(state, item) for item in state.grouping.items))
    function: AggregateFunction = request.functions[0]
    state.evidence.assumptions.append("Only groups with at least one row are included.")
    plan = Plan(
        counted_table,
        (Measure("count", table=counted_table),),
        state.filters.where,
        group=group_keys,
        outer_function=function,
    )
    return plan.with_(tables=state.tables)


def _group_key(state: ParserState, item: Item) -> Item:
    if isinstance(item, ColumnRef) and item.column in state.schema.roles[item.table].display_columns:
        return state.key(item.table) or item
    return item


def _complete_plan(state: ParserState, plan: Plan) -> Plan:
    buckets = [item for item in plan.group if isinstance(item, DateBucket)]
    if buckets and not plan.order:
        plan = plan.with_(order=tuple(SortKey(item) for item in buckets))
    if not plan.select:
        plan = plan.with_(select=tuple(display_columns(state, plan.entity)))
    if is_category_list(state, plan):
        plan = plan.with_(distinct=True)
    if state.filters.intersection:
        first, second = (
            plan.with_(where=(*plan.where, condition)) for condition in state.filters.intersection
        )
        return first.with_(set_operation=SetOperation("intersect", second))
    return plan


def _deduplicate(items: list[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
