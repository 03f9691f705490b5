"""Phrases for ORDER BY and LIMIT: sort keys, superlatives and row limits."""

from agent.builtin.nlg.inflection import join_phrases, pluralize
from agent.builtin.nlg.labels import Labels
from agent.builtin.plan.model import DateBucket, Measure, Plan, SortKey


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
