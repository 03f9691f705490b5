"""Questions that would follow on well from a plan."""

from agent.builtin.plan import Bucket, Col, Measure, Plan
from agent.builtin.schema import Schema
from agent.builtin.speak import plural
from store.catalog import Column

MOST = 3


def suggest_next(plan: Plan | None, schema: Schema) -> tuple[str, ...]:
    """Up to three follow-ups that the analyst can surely read."""
    if plan is None:
        return tuple(
            f"How many {plural(schema.spoken_table(t))} are there?" for t in list(schema.facts)[:MOST]
        )
    found = [*_groupings(plan, schema), *_listings(plan, schema), *_countings(plan)]
    return tuple(dict.fromkeys(found))[:MOST]


def _groupings(plan: Plan, schema: Schema) -> list[str]:
    if not any(isinstance(item, Measure) for item in plan.show) or plan.over:
        return []
    grouped = {item.column for item in plan.group if isinstance(item, Col)}
    facts = schema.facts[plan.entity]
    found = []
    for column in facts.table.columns:
        profile = schema.map.profile(plan.entity, column.name)
        few = profile is not None and 1 < profile.distinct <= 30
        if few and _is_category(column) and column.name not in grouped | facts.keys:
            found.append(f"And by {schema.spoken_column(plan.entity, column.name)}?")
    if facts.dates and not any(isinstance(item, Bucket) for item in plan.group):
        found.insert(1, "And by month?")
    return found[:2]


def _is_category(column: Column) -> bool:
    return column.kind in {"text", "boolean"}


def _listings(plan: Plan, schema: Schema) -> list[str]:
    if any(isinstance(item, Measure) for item in plan.show):
        return ["Sort by the highest first"] if plan.group and not plan.order else []
    shown = {item.column for item in plan.show if isinstance(item, Col)}
    facts = schema.facts[plan.entity]
    others = [c for c in facts.table.columns if c.name not in shown | facts.keys]
    return [f"Show me their {plural(schema.spoken_column(plan.entity, c.name))}" for c in others[:1]]


def _countings(plan: Plan) -> list[str]:
    return [] if any(isinstance(item, Measure) for item in plan.show) else ["How many are there?"]
