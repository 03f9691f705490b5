"""Say what rows are sorted by, and which of them come first."""

from agent.builtin.nlg.inflection import joined, plural
from agent.builtin.nlg.labels import Voice
from agent.builtin.plan.model import Bucket, Measure, Order, Plan


def extreme(order: Order, voice: Voice) -> str | None:
    """What the first row has: `the highest price`, `the most orders`; nothing for what has no size."""
    item = order.item
    if isinstance(item, Measure) and item.function == "count":
        return (
            f"the {'most' if order.descending else 'fewest'} {voice.measure(item).removeprefix('number of ')}"
        )
    if not voice.is_sized(item):
        return None
    if isinstance(item, Measure) and item.term and item.function in {"min", "max"}:
        return f"the {_degree(order, voice)} {voice.item(item)}"
    return f"the {_degree(order, voice)} {voice.item(item)}"


def _degree(order: Order, voice: Voice) -> str:
    if voice.is_dated(order.item):
        return "latest" if order.descending else "earliest"
    return "highest" if order.descending else "lowest"


def sorted_by(plan: Plan, voice: Voice) -> str:
    """The keys that rows are sorted by: `, sorted by price (highest first)`; the calendar needs no words."""
    buckets = [isinstance(order.item, Bucket) and not order.descending for order in plan.order]
    if not plan.order or all(buckets):
        return ""
    keys = joined([f"{voice.item(order.item)} ({_direction(order, voice)})" for order in plan.order])
    return f", sorted by {keys}"


def _direction(order: Order, voice: Voice) -> str:
    if voice.is_sized(order.item):
        return f"{_degree(order, voice)} first"
    return "Z to A" if order.descending else "A to Z"


def leading(plan: Plan, voice: Voice) -> str | None:
    """By what the kept rows lead, where a plan keeps the first few; nothing where it does not rank."""
    if plan.limit is None or not plan.order or plan.each:
        return None
    return extreme(plan.order[0], voice)


def kept(plan: Plan, voice: Voice) -> str:
    """How many rows are kept, and by what."""
    if plan.limit is None:
        return ""
    if plan.each:
        groups = joined([voice.item(item) for item in plan.each])
        best = extreme(plan.order[0], voice) if plan.order else None
        many = f"the {plan.limit}" if plan.limit > 1 else "the one"
        with_best = f" with {best}" if best else ""
        return f", only {many}{with_best} for each {groups}"
    best = leading(plan, voice)
    if best:
        return f", only the {'one' if plan.limit == 1 else plan.limit} with {best}" + then_by(plan, voice)
    return f", only the first{f' {plan.limit}' if plan.limit > 1 else ''}"


def then_by(plan: Plan, voice: Voice) -> str:
    """The keys after the first, which decide between rows that are alike in it."""
    if len(plan.order) < 2:
        return ""
    return f", then by {joined([voice.item(order.item) for order in plan.order[1:]])}"


def number_of(count: int, noun: str) -> str:
    """`product`, `10 products`."""
    return noun if count == 1 else f"{count:,} {plural(noun)}"
