"""Tell numbers: one alone, several of the same rows, or one for each group."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from agent.builtin.nlg.dates import bucket_at
from agent.builtin.nlg.fields import Field, fields_of
from agent.builtin.nlg.filters import Traits
from agent.builtin.nlg.inflection import counted, joined, plural, said
from agent.builtin.nlg.labels import Voice
from agent.builtin.nlg.ordering import leading
from agent.builtin.plan.model import Bucket, Col, Measure, Plan, Share, columns_of
from agent.builtin.schema.model import Schema
from store.rows import Rows

# More than these are not recited: the highest and the lowest say more.
MOST_TOLD = 6

Row = tuple[Any, ...]


def tell_nothing(plan: Plan, schema: Schema) -> str:
    """Say that nothing fits."""
    traits = Traits(schema, plan.entity, short=True)
    things = traits.whole(plan)
    return f"no {things} were found." if traits.of(plan) or plan.having else f"there are no {things}."


def tell_numbers(plan: Plan, row: Row, schema: Schema) -> str:
    """Tell what was counted or reckoned over all rows that are meant."""
    voice, traits = Voice(schema, plan.entity), Traits(schema, plan.entity, short=True)
    if len(plan.show) > 1:
        return _several(plan, row, voice, traits)
    item, value = plan.show[0], row[0]
    if isinstance(item, Share):
        return _share(item, value, plan, schema)
    assert isinstance(item, Measure)
    if value is None:
        return _no_number(item, plan, schema)
    if item.function == "count":
        return _count(item, value, plan, schema)
    return f"the {traits.measured(plan)} is {voice.value(item, value)}."


def _several(plan: Plan, row: Row, voice: Voice, traits: Traits) -> str:
    told = [(traits.part(item), voice.value(item, value)) for item, value in zip(plan.show, row, strict=True)]
    if not traits.of(plan):
        return f"{joined([f'the {noun} is {value}' for noun, value in told])}."
    return f"for {traits.things(plan)}: {joined([f'{noun} {value}' for noun, value in told])}."


def _count(item: Measure, number: int, plan: Plan, schema: Schema) -> str:
    voice, traits = Voice(schema, plan.entity), Traits(schema, plan.entity, short=True)
    be = "is" if number == 1 else "are"
    if noun := voice.counted(item):
        return f"there {be} {counted(number, noun)}{traits.of(plan)}."
    different = voice.measure(item).removeprefix("number of ")
    amount = f"{number:,}" if number else "no"
    if number == 1 and item.term:
        different = f"different {voice.item(item.term)}"
    return f"there {be} {amount} {different} among {traits.things(plan)}."


def _no_number(item: Measure, plan: Plan, schema: Schema) -> str:
    """Say why there is no number; where the column may be empty, rows may be there all the same."""
    voice, traits = Voice(schema, plan.entity), Traits(schema, plan.entity, short=True)
    things = traits.things(plan)
    empty = [c for c in columns_of(item.term) if schema.facts[c.table].column(c.column).nullable]
    known = f", or none of them has a known {voice.item(empty[0])}" if empty else ""
    noun = voice.measure(item)
    return f"no {things} were found{known}, so there is no {noun}."


def _share(share: Share, value: Any, plan: Plan, schema: Schema) -> str:
    traits = Traits(schema, plan.entity, short=True)
    part = Traits(schema, share.of, short=True).things(Plan(share.of, (), where=(share.part,)))
    if value is None:
        return f"no {traits.things(plan)} were found, so there is no percentage."
    whole = traits.things(plan) if traits.of(plan) else f"all {traits.things(plan)}"
    return f"{part} make up {said(value)} % of {whole}."


def tell_groups(plan: Plan, rows: Rows, schema: Schema) -> str:
    """Tell a number for each group: all where they are few, else the highest and the lowest."""
    voice = Voice(schema, plan.entity)
    fields = fields_of(plan, voice)
    groups = [field for field in fields if not field.is_measure]
    measures = [field for field in fields if field.is_measure]
    head = groups_said(plan, len(rows), schema, short=True)

    def spoken(row: Row) -> str:
        if len(measures) == 1:
            told = measures[0].value(row, voice)
        else:
            told = ", ".join(f"{field.noun} {field.value(row, voice)}" for field in measures)
        return f"{_name(groups, row, voice)} ({told})"

    if len(rows) <= MOST_TOLD or (plan.limit and len(rows) <= 10):
        if leading(plan, voice) and len(rows) == 1:
            return f"{head} is {spoken(rows.values[0])}."
        return f"{head}: {joined([spoken(row) for row in rows.values])}."
    return _ends(head, rows, (groups, measures), voice)


def _name(groups: list[Field], row: Row, voice: Voice) -> str:
    return ", ".join(field.value(row, voice) for field in groups) or "all"


def groups_said(plan: Plan, count: int, schema: Schema, *, short: bool) -> str:
    """What is told for each of so many groups, and of which rows."""
    voice, traits = Voice(schema, plan.entity), Traits(schema, plan.entity, short=short)
    groups = [field for field in fields_of(plan, voice) if not field.is_measure]
    rest, having = traits.of(plan), traits.having(plan)
    if best := leading(plan, voice):
        return f"the {_leaders(groups, count)}{having} with {best}" + _among(groups, plan, traits)
    by = joined([field.noun for field in groups])
    measured = traits.measured(plan)
    only = f", only those{having}" if having else ""
    if rest and rest == _period_alone(plan, traits):
        return f"{_without(measured, traits.things(plan), rest, plan, schema)} by {by}{rest}{only}"
    return f"{measured}{',' if rest else ''} by {by}{only}"


def _leaders(groups: list[Field], count: int) -> str:
    if count == 1:
        return joined([field.alone for field in groups])
    return f"{count:,} {joined([plural(field.alone) for field in groups])}"


def _among(groups: list[Field], plan: Plan, traits: Traits) -> str:
    if not traits.of(plan):
        return ""
    own = len(groups) == 1 and groups[0].table == plan.entity
    return f"{' among' if own else ', counting only'} {traits.things(plan)}"


def _period_alone(plan: Plan, traits: Traits) -> str:
    """The period alone, where a plan asks for nothing else."""
    kinds = {trait.kind for trait in traits.each(plan.where)}
    return traits.of(plan) if kinds == {"period"} and not plan.tables else ""


def _without(measured: str, things: str, rest: str, plan: Plan, schema: Schema) -> str:
    """`total revenue of orders in 2025` without what follows behind the groups."""
    bare = Traits(schema, plan.entity).measured(plan.with_(where=()))
    return bare if measured.endswith((things, rest)) else measured


def _ends(head: str, rows: Rows, parts: tuple[list[Field], list[Field]], voice: Voice) -> str:
    groups, measures = parts
    first = measures[0]
    many = counted(len(rows), groups[0].noun) if len(groups) == 1 else counted(len(rows), "combination")
    many = f"the first {many}" if rows.truncated else many
    ranked = [row for row in rows.values if isinstance(row[first.at[0]], int | float | Decimal)]
    if not ranked:
        return f"{head}: {many}; the table lists them."
    which = f" {first.noun}" if len(measures) > 1 else ""
    highest = _extreme(ranked, max, (groups, first), voice)
    lowest = _extreme(ranked, min, (groups, first), voice)
    return f"{head}: {many}, highest{which} {highest}, lowest {lowest}."


def _extreme(
    rows: list[Row], pick: Callable[..., Row], parts: tuple[list[Field], Field], voice: Voice
) -> str:
    groups, measure = parts
    at = measure.at[0]
    best = pick(rows, key=lambda row: row[at])
    others = sum(row[at] == best[at] for row in rows) - 1
    also = f" and {others} other{'s' if others > 1 else ''}" if others else ""
    return f"{_at(groups, best, voice)}{also} ({measure.value(best, voice)})"


def _at(groups: list[Field], row: Row, voice: Voice) -> str:
    only = groups[0]
    if len(groups) == 1 and isinstance(only.item, Bucket):
        return bucket_at(only.item.unit, row[only.at[0]])
    named = _name(groups, row, voice)
    if len(groups) == 1 and isinstance(only.item, Col) and named.isdigit() and voice.is_plain(only.item):
        return f"for {only.noun} {named}"
    return f"for {named}"
