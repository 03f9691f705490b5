"""Answer text: describe a plan (how the question was understood) and its result in English."""

from agent.builtin.nlg.filters import FilterPhrases
from agent.builtin.nlg.inflection import capitalize, format_count, format_value, join_phrases, pluralize
from agent.builtin.nlg.labels import Labels, ResultField, result_fields, subject_field
from agent.builtin.nlg.lists import describe_list
from agent.builtin.nlg.numbers import (
    count_phrase,
    describe_empty,
    describe_groups,
    describe_numbers,
    group_heading,
    limit_phrase,
    sort_phrase,
    tie_break_phrase,
    top_n_phrase,
)
from agent.builtin.plan.model import ColumnRef, Measure, Percentage, Plan, SetOperation
from agent.builtin.schema.model import Schema
from store.rows import Rows

_SET_PHRASES = {"union": "together with", "intersect": "only those that are also among", "except": "but not"}
_AGGREGATE_ADJECTIVES = {"sum": "total", "avg": "average", "min": "lowest", "max": "highest"}
# Longer lists of columns are summarized as `details`.
_MAX_NAMED_COLUMNS = 4


def describe_plan(plan: Plan, schema: Schema) -> str:
    """Describe a plan in words, to show the user how the question was understood."""
    description = _describe_outer_aggregate(plan, schema) if plan.outer_function else _describe(plan, schema)
    return description + (_describe_set_operation(plan.set_operation, schema) if plan.set_operation else "")


def _describe(plan: Plan, schema: Schema) -> str:
    labels, phrases = Labels(schema, plan.entity), FilterPhrases(schema, plan.entity)
    fields = result_fields(plan, labels)
    if any(isinstance(item, Measure | Percentage) for item in plan.select):
        groups = [field.noun for field in fields if not field.is_measure]
        by = f", by {join_phrases(groups)}" if groups else ""
        if top_n_phrase(plan, labels) and groups:
            return _describe_ranked_groups(plan, fields, schema)
        return phrases.aggregates(plan) + by + _having_phrase(plan, phrases) + _order_phrase(plan, labels)
    extreme = top_n_phrase(plan, labels)
    if extreme and not phrases.suffix(plan) and not plan.having:
        noun = _ranked_rows_noun(fields, plan, labels)
        return f"{count_phrase(plan.limit or 1, noun)} with {extreme}{tie_break_phrase(plan, labels)}"
    return _describe_list_plan(fields, plan, phrases) + _order_phrase(plan, labels)


def _describe_ranked_groups(plan: Plan, fields: list[ResultField], schema: Schema) -> str:
    labels = Labels(schema, plan.entity)
    heading = group_heading(plan, plan.limit or 1, schema, short=False).removeprefix("the ")
    measures = [field.noun for field in fields if field.is_measure and field.item != plan.order[0].item]
    return (
        heading
        + tie_break_phrase(plan, labels)
        + (f", with their {join_phrases(measures)}" if measures else "")
    )


def _having_phrase(plan: Plan, phrases: FilterPhrases) -> str:
    return f", only groups{phrases.having_suffix(plan)}" if plan.having else ""


def _order_phrase(plan: Plan, labels: Labels) -> str:
    ranked = top_n_phrase(plan, labels) or plan.partition_by
    return ("" if ranked else sort_phrase(plan, labels)) + limit_phrase(plan, labels)


def _ranked_rows_noun(fields: list[ResultField], plan: Plan, labels: Labels) -> str:
    subject = subject_field(fields, plan)
    if subject or not plan.group or not fields:
        other_columns = [field.noun for field in fields if field is not subject]
        columns = (
            f" ({join_phrases(other_columns)})"
            if other_columns and len(other_columns) <= _MAX_NAMED_COLUMNS and not subject
            else ""
        )
        return labels.table(plan.entity) + columns
    return " and ".join(field.standalone_noun for field in fields)


def _describe_list_plan(fields: list[ResultField], plan: Plan, phrases: FilterPhrases) -> str:
    subject = subject_field(fields, plan)
    rows = phrases.result_rows(plan)
    column_nouns = [field.plural_noun for field in fields if field is not subject]
    different = "different " if plan.distinct else ""
    if subject and not column_nouns:
        return (f"{different}names of " if different else "") + rows
    if len(column_nouns) > _MAX_NAMED_COLUMNS:
        return f"{different}details of {rows}"
    return f"{different}{join_phrases(['names', *column_nouns] if subject else column_nouns)} of {rows}"


def _describe_outer_aggregate(plan: Plan, schema: Schema) -> str:
    """Describe an aggregate over groups: `average number of orders per customer`."""
    labels, phrases = Labels(schema, plan.entity), FilterPhrases(schema, plan.entity)
    fields = result_fields(plan.with_(select=plan.group or plan.select), labels)
    nouns = list(dict.fromkeys(_group_label(field, labels) for field in fields if not field.is_measure))
    if plan.outer_function == "count":
        if plan.having or plan.limit:
            inner = plan.with_(outer_function=None, set_operation=None)
            return f"number of results: {_describe(inner, schema)}"
        plurals = join_phrases([pluralize(noun) for noun in nouns])
        return f"number of different {plurals} of {phrases.rows(plan)}"
    measure = next((item for item in plan.select if isinstance(item, Measure)), None)
    measure_noun = labels.measure(measure) if measure else "number"
    condition = f", counting only {phrases.rows(plan)}" if phrases.suffix(plan) else ""
    adjective = _AGGREGATE_ADJECTIVES[plan.outer_function or "avg"]
    suffix = condition + _having_phrase(plan, phrases)
    return f"{adjective} {measure_noun} per {join_phrases(nouns)}{suffix}"


def _group_label(field: ResultField, labels: Labels) -> str:
    """Name a group; a table's key is named after the table: orders per customer, not per customer id."""
    if field.table or not field.noun.endswith((" id", " number", "id")):
        return field.noun
    if isinstance(field.item, ColumnRef):
        table = labels.schema.roles[field.item.table].table
        if table.primary_key == (field.item.column,):
            return labels.table(field.item.table)
    return field.noun


def _describe_set_operation(combined: SetOperation, schema: Schema) -> str:
    return f", {_SET_PHRASES[combined.operator]} the {describe_plan(combined.plan, schema)}"


def describe_result(plan: Plan, rows: Rows, schema: Schema) -> str:
    """Describe a result in one or two sentences."""
    return capitalize(_describe_rows(plan, rows, schema))


def _describe_rows(plan: Plan, rows: Rows, schema: Schema) -> str:
    if not rows.values:
        return describe_empty(plan, schema)
    if plan.outer_function or plan.set_operation:
        return _describe_by_plan(plan, rows, schema)
    if len(plan.select) != len(rows.columns):
        return f"the query returned {format_count(len(rows), 'row')}; they are in the table."
    if all(isinstance(item, Measure | Percentage) for item in plan.select) and not plan.group:
        return describe_numbers(plan, rows.values[0], schema)
    if any(isinstance(item, Measure | Percentage) for item in plan.select):
        return describe_groups(plan, rows, schema)
    return describe_list(plan, rows, schema)


def _describe_by_plan(plan: Plan, rows: Rows, schema: Schema) -> str:
    """Describe results of nested or combined queries by their plan."""
    description = describe_plan(plan, schema)
    if plan.outer_function:
        value = rows.values[0][0]
        if value is None:
            return f"there is no {description}: no matching rows were found."
        measure = next((item for item in plan.select if isinstance(item, Measure)), None)
        unit = Labels(schema, plan.entity).unit(measure) if measure and plan.outer_function != "count" else ""
        return f"the {description} is {format_value(value)}{unit}."
    return describe_list(plan, rows, schema, description=description)
