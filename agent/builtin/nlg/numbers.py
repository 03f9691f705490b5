"""Descriptions of numbers: one aggregate, several of the same rows, or one per group."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from agent.builtin.nlg.dates import bucket_phrase
from agent.builtin.nlg.filters import FilterPhrases
from agent.builtin.nlg.inflection import format_count, format_value, join_phrases, pluralize
from agent.builtin.nlg.labels import Labels, ResultField, result_fields
from agent.builtin.plan.model import ColumnRef, DateBucket, Measure, Percentage, Plan, SortKey, columns_of
from agent.builtin.schema.model import Schema
from store.rows import Rows


def superlative(order: SortKey, labels: Labels) -> str | None:
    """Describe the first row's key: `the highest price`, `the most orders`; None if it has no order."""
    item = order.item
    if isinstance(item, Measure) and item.function == "count":
        degree = "most" if order.descending else "fewest"
        return f"the {degree} {labels.measure(item).removeprefix('number of ')}"
    if not labels.is_rankable(item):
        return None
    if isinstance(item, Measure) and item.term and item.function in {"min", "max"}:
        return f"the {_superlative_adjective(order, labels)} {labels.item(item)}"
    return f"the {_superlative_adjective(order, labels)} {labels.item(item)}"


def _superlative_adjective(order: SortKey, labels: Labels) -> str:
    if labels.is_date_item(order.item):
        return "latest" if order.descending else "earliest"
    return "highest" if order.descending else "lowest"


def sort_phrase(plan: Plan, labels: Labels) -> str:
    """Describe sort keys: `, sorted by price (highest first)`; ascending dates need no phrase."""
    buckets = [isinstance(order.item, DateBucket) and not order.descending for order in plan.order]
    if not plan.order or all(buckets):
        return ""
    keys = join_phrases([f"{labels.item(order.item)} ({_direction(order, labels)})" for order in plan.order])
    return f", sorted by {keys}"


def _direction(order: SortKey, labels: Labels) -> str:
    if labels.is_rankable(order.item):
        return f"{_superlative_adjective(order, labels)} first"
    return "Z to A" if order.descending else "A to Z"


def top_n_phrase(plan: Plan, labels: Labels) -> str | None:
    """By what the kept rows lead, where a plan keeps the first few; nothing where it does not rank."""
    if plan.limit is None or not plan.order or plan.partition_by:
        return None
    return superlative(plan.order[0], labels)


def limit_phrase(plan: Plan, labels: Labels) -> str:
    """Describe the row limit and its sort key."""
    if plan.limit is None:
        return ""
    if plan.partition_by:
        groups = join_phrases([labels.item(item) for item in plan.partition_by])
        extreme = superlative(plan.order[0], labels) if plan.order else None
        number = f"the {plan.limit}" if plan.limit > 1 else "the one"
        with_best = f" with {extreme}" if extreme else ""
        return f", only {number}{with_best} for each {groups}"
    extreme = top_n_phrase(plan, labels)
    if extreme:
        return f", only the {'one' if plan.limit == 1 else plan.limit} with {extreme}" + tie_break_phrase(
            plan, labels
        )
    return f", only the first{f' {plan.limit}' if plan.limit > 1 else ''}"


def tie_break_phrase(plan: Plan, labels: Labels) -> str:
    """Describe the sort keys after the first, which break ties."""
    if len(plan.order) < 2:
        return ""
    return f", then by {join_phrases([labels.item(order.item) for order in plan.order[1:]])}"


def count_phrase(count: int, noun: str) -> str:
    """Format a limit with its noun: `product`, `10 products`."""
    return noun if count == 1 else f"{count:,} {pluralize(noun)}"


# With more groups, only the highest and the lowest are named.
MAX_LISTED = 6

Row = tuple[Any, ...]


def describe_empty(plan: Plan, schema: Schema) -> str:
    """Describe an empty result."""
    phrases = FilterPhrases(schema, plan.entity, short=True)
    rows = phrases.result_rows(plan)
    return f"no {rows} were found." if phrases.suffix(plan) or plan.having else f"there are no {rows}."


def describe_numbers(plan: Plan, row: Row, schema: Schema) -> str:
    """Describe aggregates over all selected rows."""
    labels, phrases = Labels(schema, plan.entity), FilterPhrases(schema, plan.entity, short=True)
    if len(plan.select) > 1:
        return _describe_several(plan, row, labels, phrases)
    item, value = plan.select[0], row[0]
    if isinstance(item, Percentage):
        return _describe_percentage(item, value, plan, schema)
    assert isinstance(item, Measure)
    if value is None:
        return _describe_null(item, plan, schema)
    if item.function == "count":
        return _describe_count(item, value, plan, schema)
    return f"the {phrases.aggregates(plan)} is {labels.value(item, value)}."


def _describe_several(plan: Plan, row: Row, labels: Labels, phrases: FilterPhrases) -> str:
    values = [
        (phrases.aggregate(item), labels.value(item, value))
        for item, value in zip(plan.select, row, strict=True)
    ]
    if not phrases.suffix(plan):
        return f"{join_phrases([f'the {noun} is {value}' for noun, value in values])}."
    return f"for {phrases.rows(plan)}: {join_phrases([f'{noun} {value}' for noun, value in values])}."


def _describe_count(item: Measure, number: int, plan: Plan, schema: Schema) -> str:
    labels, phrases = Labels(schema, plan.entity), FilterPhrases(schema, plan.entity, short=True)
    verb = "is" if number == 1 else "are"
    if noun := labels.counted_noun(item):
        return f"there {verb} {format_count(number, noun)}{phrases.suffix(plan)}."
    noun_phrase = labels.measure(item).removeprefix("number of ")
    amount = f"{number:,}" if number else "no"
    if number == 1 and item.term:
        noun_phrase = f"different {labels.item(item.term)}"
    return f"there {verb} {amount} {noun_phrase} among {phrases.rows(plan)}."


def _describe_null(item: Measure, plan: Plan, schema: Schema) -> str:
    """Explain why an aggregate is NULL; if the column is nullable, matching rows may still exist."""
    labels, phrases = Labels(schema, plan.entity), FilterPhrases(schema, plan.entity, short=True)
    rows = phrases.rows(plan)
    nullable = [c for c in columns_of(item.term) if schema.roles[c.table].column(c.column).nullable]
    unknown_values = f", or none of them has a known {labels.item(nullable[0])}" if nullable else ""
    noun = labels.measure(item)
    return f"no {rows} were found{unknown_values}, so there is no {noun}."


def _describe_percentage(share: Percentage, value: Any, plan: Plan, schema: Schema) -> str:
    phrases = FilterPhrases(schema, plan.entity, short=True)
    numerator = FilterPhrases(schema, share.table, short=True).rows(
        Plan(share.table, (), where=(share.condition,))
    )
    if value is None:
        return f"no {phrases.rows(plan)} were found, so there is no percentage."
    denominator = phrases.rows(plan) if phrases.suffix(plan) else f"all {phrases.rows(plan)}"
    return f"{numerator} make up {format_value(value)} % of {denominator}."


def describe_groups(plan: Plan, rows: Rows, schema: Schema) -> str:
    """Describe a number per group: all groups if they are few, else the highest and the lowest."""
    labels = Labels(schema, plan.entity)
    fields = result_fields(plan, labels)
    groups = [field for field in fields if not field.is_measure]
    measures = [field for field in fields if field.is_measure]
    heading = group_heading(plan, len(rows), schema, short=True)

    def describe_row(row: Row) -> str:
        if len(measures) == 1:
            text = measures[0].value(row, labels)
        else:
            text = ", ".join(f"{field.noun} {field.value(row, labels)}" for field in measures)
        return f"{_group_name(groups, row, labels)} ({text})"

    if len(rows) <= MAX_LISTED or (plan.limit and len(rows) <= 10):
        if top_n_phrase(plan, labels) and len(rows) == 1:
            return f"{heading} is {describe_row(rows.values[0])}."
        return f"{heading}: {join_phrases([describe_row(row) for row in rows.values])}."
    return _describe_extremes(heading, rows, (groups, measures), labels)


def _group_name(groups: list[ResultField], row: Row, labels: Labels) -> str:
    return ", ".join(field.value(row, labels) for field in groups) or "all"


def group_heading(plan: Plan, count: int, schema: Schema, *, short: bool) -> str:
    """Build the heading of a list of `count` groups: the aggregates, and the rows they cover."""
    labels, phrases = Labels(schema, plan.entity), FilterPhrases(schema, plan.entity, short=short)
    groups = [field for field in result_fields(plan, labels) if not field.is_measure]
    suffix, having_suffix = phrases.suffix(plan), phrases.having_suffix(plan)
    if extreme := top_n_phrase(plan, labels):
        return f"the {_leaders(groups, count)}{having_suffix} with {extreme}" + _population_phrase(
            groups, plan, phrases
        )
    group_nouns = join_phrases([field.noun for field in groups])
    aggregates = phrases.aggregates(plan)
    having_phrase = f", only those{having_suffix}" if having_suffix else ""
    if suffix and suffix == _only_period(plan, phrases):
        unfiltered = _without_filters(aggregates, phrases.rows(plan), suffix, plan, schema)
        return f"{unfiltered} by {group_nouns}{suffix}{having_phrase}"
    return f"{aggregates}{',' if suffix else ''} by {group_nouns}{having_phrase}"


def _leaders(groups: list[ResultField], count: int) -> str:
    if count == 1:
        return join_phrases([field.standalone_noun for field in groups])
    return f"{count:,} {join_phrases([pluralize(field.standalone_noun) for field in groups])}"


def _population_phrase(groups: list[ResultField], plan: Plan, phrases: FilterPhrases) -> str:
    if not phrases.suffix(plan):
        return ""
    is_entity = len(groups) == 1 and groups[0].table == plan.entity
    return f"{' among' if is_entity else ', counting only'} {phrases.rows(plan)}"


def _only_period(plan: Plan, phrases: FilterPhrases) -> str:
    """Get the period phrase if a date range is the plan's only condition."""
    kinds = {trait.kind for trait in phrases.modifiers(plan.where)}
    return phrases.suffix(plan) if kinds == {"period"} and not plan.tables else ""


def _without_filters(aggregates: str, rows: str, suffix: str, plan: Plan, schema: Schema) -> str:
    """Strip the conditions from `total revenue of orders in 2025`; they follow the groups."""
    unfiltered = FilterPhrases(schema, plan.entity).aggregates(plan.with_(where=()))
    return unfiltered if aggregates.endswith((rows, suffix)) else aggregates


def _describe_extremes(
    heading: str, rows: Rows, parts: tuple[list[ResultField], list[ResultField]], labels: Labels
) -> str:
    groups, measures = parts
    first = measures[0]
    group_count = (
        format_count(len(rows), groups[0].noun)
        if len(groups) == 1
        else format_count(len(rows), "combination")
    )
    group_count = f"the first {group_count}" if rows.truncated else group_count
    ranked_rows = [row for row in rows.values if isinstance(row[first.positions[0]], int | float | Decimal)]
    if not ranked_rows:
        return f"{heading}: {group_count}; the table lists them."
    measure_name = f" {first.noun}" if len(measures) > 1 else ""
    highest = _describe_extreme(ranked_rows, max, (groups, first), labels)
    lowest = _describe_extreme(ranked_rows, min, (groups, first), labels)
    return f"{heading}: {group_count}, highest{measure_name} {highest}, lowest {lowest}."


def _describe_extreme(
    rows: list[Row], pick: Callable[..., Row], parts: tuple[list[ResultField], ResultField], labels: Labels
) -> str:
    groups, measure = parts
    position = measure.positions[0]
    extreme = pick(rows, key=lambda row: row[position])
    tie_count = sum(row[position] == extreme[position] for row in rows) - 1
    ties = f" and {tie_count} other{'s' if tie_count > 1 else ''}" if tie_count else ""
    return f"{_group_phrase(groups, extreme, labels)}{ties} ({measure.value(extreme, labels)})"


def _group_phrase(groups: list[ResultField], row: Row, labels: Labels) -> str:
    group = groups[0]
    if len(groups) == 1 and isinstance(group.item, DateBucket):
        return bucket_phrase(group.item.unit, row[group.positions[0]])
    name = _group_name(groups, row, labels)
    if (
        len(groups) == 1
        and isinstance(group.item, ColumnRef)
        and name.isdigit()
        and labels.is_unformatted(group.item)
    ):
        return f"for {group.noun} {name}"
    return f"for {name}"
