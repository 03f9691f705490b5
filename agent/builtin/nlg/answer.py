"""Say in words how a question was understood, and what came back."""

from agent.builtin.nlg.fields import Field, fields_of, subject_of
from agent.builtin.nlg.filters import Traits
from agent.builtin.nlg.inflection import capitalized, counted, joined, plural, said
from agent.builtin.nlg.labels import Voice
from agent.builtin.nlg.lists import tell_list
from agent.builtin.nlg.numbers import groups_said, tell_groups, tell_nothing, tell_numbers
from agent.builtin.nlg.ordering import kept, leading, number_of, sorted_by, then_by
from agent.builtin.plan.model import Combined, Measure, Plan, Share
from agent.builtin.schema.model import Schema
from store.rows import Rows

__all__ = ["plural", "reading", "reply", "said"]

_COMBINED = {"union": "together with", "intersect": "only those that are also among", "except": "but not"}
_FUNCTIONS = {"sum": "total", "avg": "average", "min": "lowest", "max": "highest"}
# A longer list of columns says less than that there are many.
_MOST_NAMED = 4


def reading(plan: Plan, schema: Schema) -> str:
    """Say a plan in words, so that a person sees how the question was understood."""
    read = _said_over(plan, schema) if plan.over else _said(plan, schema)
    return read + (_said_combined(plan.combined, schema) if plan.combined else "")


def _said(plan: Plan, schema: Schema) -> str:
    voice, traits = Voice(schema, plan.entity), Traits(schema, plan.entity)
    fields = fields_of(plan, voice)
    if any(isinstance(item, Measure | Share) for item in plan.show):
        groups = [field.noun for field in fields if not field.is_measure]
        by = f", by {joined(groups)}" if groups else ""
        if leading(plan, voice) and groups:
            return _ranked_groups(plan, fields, schema)
        return traits.measured(plan) + by + _only(plan, traits) + _ranked(plan, voice)
    best = leading(plan, voice)
    if best and not traits.of(plan) and not plan.having:
        noun = _ranked_noun(fields, plan, voice)
        return f"{number_of(plan.limit or 1, noun)} with {best}{then_by(plan, voice)}"
    return _said_list(fields, plan, traits) + _ranked(plan, voice)


def _ranked_groups(plan: Plan, fields: list[Field], schema: Schema) -> str:
    voice = Voice(schema, plan.entity)
    head = groups_said(plan, plan.limit or 1, schema, short=False).removeprefix("the ")
    others = [field.noun for field in fields if field.is_measure and field.item != plan.order[0].item]
    return head + then_by(plan, voice) + (f", with their {joined(others)}" if others else "")


def _only(plan: Plan, traits: Traits) -> str:
    return f", only groups{traits.having(plan)}" if plan.having else ""


def _ranked(plan: Plan, voice: Voice) -> str:
    ranked = leading(plan, voice) or plan.each
    return ("" if ranked else sorted_by(plan, voice)) + kept(plan, voice)


def _ranked_noun(fields: list[Field], plan: Plan, voice: Voice) -> str:
    subject = subject_of(fields, plan)
    if subject or not plan.group or not fields:
        extra = [field.noun for field in fields if field is not subject]
        shown = f" ({joined(extra)})" if extra and len(extra) <= _MOST_NAMED and not subject else ""
        return voice.table(plan.entity) + shown
    return " and ".join(field.alone for field in fields)


def _said_list(fields: list[Field], plan: Plan, traits: Traits) -> str:
    subject = subject_of(fields, plan)
    things = traits.whole(plan)
    others = [field.many for field in fields if field is not subject]
    different = "different " if plan.distinct else ""
    if subject and not others:
        return (f"{different}names of " if different else "") + things
    if len(others) > _MOST_NAMED:
        return f"{different}details of {things}"
    return f"{different}{joined(['names', *others] if subject else others)} of {things}"


def _said_over(plan: Plan, schema: Schema) -> str:
    """One number over the numbers of groups: `average number of orders per customer`."""
    voice, traits = Voice(schema, plan.entity), Traits(schema, plan.entity)
    fields = fields_of(plan.with_(show=plan.group or plan.show), voice)
    nouns = list(dict.fromkeys(_group_noun(field, voice) for field in fields if not field.is_measure))
    if plan.over == "count":
        inner = plan.with_(over=None, combined=None)
        return (
            f"number of results: {_said(inner, schema)}"
            if plan.having or plan.limit
            else (f"number of different {joined([plural(noun) for noun in nouns])} of {traits.things(plan)}")
        )
    measure = next((item for item in plan.show if isinstance(item, Measure)), None)
    number = voice.measure(measure) if measure else "number"
    of = f", counting only {traits.things(plan)}" if traits.of(plan) else ""
    return f"{_FUNCTIONS[plan.over or 'avg']} {number} per {joined(nouns)}{of}{_only(plan, traits)}"


def _group_noun(field: Field, voice: Voice) -> str:
    """The key of a table stands for its rows: orders per customer, not per customer id."""
    if field.table or not field.noun.endswith((" id", " number", "id")):
        return field.noun
    for name, facts in voice.schema.facts.items():
        keys = facts.table.primary_key
        if any(col.table == name and keys == (col.column,) for col in [field.item]):  # type: ignore[union-attr]
            return voice.table(name)
    return field.noun


def _said_combined(combined: Combined, schema: Schema) -> str:
    return f", {_COMBINED[combined.how]} the {reading(combined.plan, schema)}"


def reply(plan: Plan, rows: Rows, schema: Schema) -> str:
    """Put a result into one or two sentences."""
    return capitalized(_told(plan, rows, schema))


def _told(plan: Plan, rows: Rows, schema: Schema) -> str:
    if not rows.values:
        return tell_nothing(plan, schema)
    if plan.over or plan.combined:
        return _told_by_reading(plan, rows, schema)
    if len(plan.show) != len(rows.columns):
        return f"the query gave {counted(len(rows), 'row')}; they are in the table."
    if all(isinstance(item, Measure | Share) for item in plan.show) and not plan.group:
        return tell_numbers(plan, rows.values[0], schema)
    if any(isinstance(item, Measure | Share) for item in plan.show):
        return tell_groups(plan, rows, schema)
    return tell_list(plan, rows, schema)


def _told_by_reading(plan: Plan, rows: Rows, schema: Schema) -> str:
    """What is reckoned from groups, or put together from two queries, is said as it was understood."""
    read = reading(plan, schema)
    if plan.over:
        value = rows.values[0][0]
        if value is None:
            return f"there is no {read}: nothing was found to reckon it from."
        measure = next((item for item in plan.show if isinstance(item, Measure)), None)
        unit = Voice(schema, plan.entity).unit(measure) if measure and plan.over != "count" else ""
        return f"the {read} is {said(value)}{unit}."
    return tell_list(plan, rows, schema, said_as=read)
