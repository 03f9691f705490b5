"""Say in words how a question was understood, and what came back."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from agent.builtin.plan import (
    AllOf,
    AnyOf,
    Between,
    Bucket,
    Col,
    Compare,
    Condition,
    During,
    Item,
    LineAmount,
    Measure,
    Member,
    Missing,
    OneOf,
    Plan,
    Share,
    Span,
    Years,
)
from agent.builtin.schema import Schema
from agent.builtin.walk import columns_of
from store.rows import Rows

_FUNCTIONS = {"count": "number of", "sum": "total", "avg": "average", "min": "lowest", "max": "highest"}
_OPS = {
    "=": "is", "<>": "is not", ">": "is more than", ">=": "is at least", "<": "is less than", "<=": "is at most",
}  # fmt: skip
_LISTED = 5


def reading(plan: Plan, schema: Schema) -> str:
    """Say a plan in words, so that a person sees how the question was understood."""
    voice = _Voice(schema, plan.entity)
    said = _joined([voice.item(item) for item in _shown(plan)]) or "rows"
    if plan.over:
        said = f"{_FUNCTIONS[plan.over]} {said}"
    if plan.distinct:
        said = f"different {said}"
    if not any(isinstance(item, Measure | Share) for item in plan.show):
        said = f"{said} of {plural(schema.spoken_table(plan.entity))}"
    if plan.where or plan.tables:
        said += voice.conditions(plan)
    said += "".join(f", by {voice.item(item)}" for item in _groups(plan))
    if plan.having:
        said += " where " + _joined([voice.condition(condition) for condition in plan.having])
    if plan.order and not (len(plan.order) == 1 and isinstance(plan.order[0].item, Bucket)):
        keys = [
            f"{voice.item(order.item)} ({'descending' if order.descending else 'ascending'})"
            for order in plan.order
        ]
        said += f", sorted by {_joined(keys)}"
    if plan.limit is not None:
        said += f", first {plan.limit}" + (
            f" of each {_joined([voice.item(i) for i in plan.each])}" if plan.each else ""
        )
    return said


def _shown(plan: Plan) -> list[Item]:
    measured: list[Item] = [item for item in plan.show if isinstance(item, Measure | Share)]
    return measured or list(plan.show)


def _groups(plan: Plan) -> list[Item]:
    if not plan.group:
        return []
    if plan.over:
        return list(plan.group)
    if not any(isinstance(item, Measure) for item in plan.show):
        return []
    return [item for item in plan.group if item in plan.show]


class _Voice:
    """Says the parts of one plan."""

    def __init__(self, schema: Schema, entity: str) -> None:
        self._schema = schema
        self._entity = entity

    def item(self, item: Item) -> str:
        match item:
            case Col():
                return self._column(item)
            case Bucket(_, unit):
                return unit
            case Measure("count", None, of):
                return f"number of {plural(self._schema.spoken_table(of or self._entity))}"
            case Measure("count", term, of):
                if of and isinstance(term, Col) and term.table == of:
                    return f"number of {plural(self._schema.spoken_table(of))}"
                return f"number of different {plural(self.item(term)) if term else 'rows'}"
            case Measure(function, term, _):
                return f"{_FUNCTIONS[function]} {self._summed(term)}"
            case LineAmount():
                return "amount"
            case Years():
                return "age"
            case Span(start, end):
                return f"days from {self.item(start)} to {self.item(end)}"
            case Share(part, of):
                return f"percentage of {plural(self._schema.spoken_table(of))} where {self.condition(part)}"

    def _summed(self, term: Item | None) -> str:
        """What an aggregate is of; a column labelled `total` is better called by another of its names."""
        if isinstance(term, Col) and "total" in self._schema.spoken_column(term.table, term.column):
            names = self._schema.map.note(term.table, term.column).synonyms
            return names[0] if names else self._column(term)
        return self.item(term) if term else "rows"

    def _column(self, col: Col) -> str:
        said = self._schema.spoken_column(col.table, col.column)
        if col.table == self._entity:
            return said
        owner = self._schema.spoken_table(col.table)
        return said if owner in said else f"{owner} {said}"

    def conditions(self, plan: Plan) -> str:
        """All conditions of a plan, and the tables that must have rows."""
        used = {col.table for col in columns_of((plan.where, plan.show, plan.group))}
        needed = [t for t in plan.tables if t not in used and t != plan.entity]
        said = "".join(f" with {plural(self._schema.spoken_table(table))}" for table in needed)
        if plan.where:
            said += " where " + " and ".join(self.condition(condition) for condition in plan.where)
        return said

    def condition(self, condition: Condition) -> str:
        match condition:
            case AllOf(parts):
                return " and ".join(map(self.condition, parts))
            case AnyOf(parts):
                return " or ".join(map(self.condition, parts))
            case Compare(item, "like" | "not like" as op, value):
                not_ = " not" if op == "not like" else ""
                return f"{self.item(item)} is{not_} like {str(value).strip('%')!r}"
            case Compare(item, op, value):
                return f"{self.item(item)} {_OPS[op]} {self._value(value)}"
            case OneOf(item, values, negated):
                return f"{self.item(item)} is {'neither ' if negated else ''}{_joined(list(map(said, values)), 'or')}"
            case Between(item, low, high, negated):
                return f"{self.item(item)} is {'not ' if negated else ''}between {said(low)} and {said(high)}"
            case During(item, _, _, words, negated):
                return f"{self.item(item)} is {'not ' if negated else ''}{_when(words)}"
            case Missing(item, negated):
                return f"{self.item(item)} is {'known' if negated else 'empty'}"
            case Member(_, plan, negated):
                inner = _Voice(self._schema, plan.entity).conditions(plan).strip().removeprefix("where ")
                return f"{'there is no' if negated else 'there is a'} row {inner}".replace(
                    "row with", "row with"
                )

    def _value(self, value: object) -> str:
        match value:
            case Plan() as plan:
                return f"the {reading(plan, self._schema)}"
            case str() | int() | float() | bool():
                return said(value)
        return self.item(value)  # type: ignore[arg-type]  # what is left is an item


def _when(words: str) -> str:
    known = ("since", "before", "after", "until", "from", "today", "yesterday", "more", "less")
    return words if words.startswith(known) else f"in {words}"


def plural(word: str) -> str:
    """The plural of a noun, in most cases."""
    if word.endswith(("s", "x", "ch", "sh")):
        return word if word.endswith("s") and not word.endswith("ss") else word + "es"
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return word[:-1] + "ies"
    return word + "s"


def _joined(parts: Sequence[str], word: str = "and") -> str:
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + f" {word} {parts[-1]}"


def said(value: Any) -> str:
    """A value as a person reads it: 1,234.5 and 3 March 2025."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}" if abs(value) >= 10_000 else str(value)
        case float() | Decimal():
            rounded = f"{value:,.2f}"
            return rounded.rstrip("0").rstrip(".") if rounded.endswith(".00") else rounded
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case date():
            return value.isoformat()
    return str(value)


def reply(plan: Plan, rows: Rows, schema: Schema) -> str:
    """Put a result into one or two sentences."""
    if not rows.values:
        return f"I found nothing: no row fits. I looked for the {reading(plan, schema)}."
    if len(rows.values) == 1 and len(rows.columns) == 1:
        return _single(plan, rows.values[0][0], schema)
    measured = [n for n, item in enumerate(plan.show) if isinstance(item, Measure)]
    if measured and len(plan.show) == len(rows.columns) and len(measured) < len(plan.show):
        return _grouped(plan, rows, schema, measured[0])
    return _list(plan, rows, schema)


def _single(plan: Plan, value: Any, schema: Schema) -> str:
    if value is None:
        return f"There is no value for the {reading(plan, schema)}."
    item = plan.show[0]
    unit = _unit(item, schema)
    if (
        isinstance(item, Measure)
        and item.function == "count"
        and not plan.over
        and (item.of or not item.term)
    ):
        noun = schema.spoken_table(item.of or plan.entity)
        conditions = _Voice(schema, plan.entity).conditions(plan)
        be, noun = ("is", noun) if value == 1 else ("are", plural(noun))
        return f"There {be} {said(value)} {noun}{conditions}."
    return f"The {reading(plan, schema)} is {said(value)}{unit}."


def _unit(item: Item, schema: Schema) -> str:
    if isinstance(item, Measure) and item.function == "count":
        return ""
    if isinstance(item, Share):
        return " %"
    col = next(columns_of(item), None)
    unit = schema.map.note(col.table, col.column).unit if col else None
    return f" {unit}" if unit else ""


def _grouped(plan: Plan, rows: Rows, schema: Schema, measure: int) -> str:
    unit = _unit(plan.show[measure], schema)
    named = [n for n in range(len(plan.show)) if not isinstance(plan.show[n], Measure)]

    def spoken(row: tuple[Any, ...]) -> str:
        return f"{' '.join(said(row[n]) for n in named)} ({said(row[measure])}{unit})"

    count = f"more than {len(rows)}" if rows.truncated else str(len(rows))
    if len(rows.values) <= _LISTED:
        return f"The {reading(plan, schema)}: {_joined([spoken(row) for row in rows.values])}."
    ranked = [row for row in rows.values if isinstance(row[measure], int | float | Decimal)]
    if not ranked:
        return f"The {reading(plan, schema)}: {count} rows."
    best = max(ranked, key=lambda row: row[measure])
    least = min(ranked, key=lambda row: row[measure])
    return f"The {reading(plan, schema)}, in {count} rows: highest is {spoken(best)}, lowest {spoken(least)}."


def _list(plan: Plan, rows: Rows, schema: Schema) -> str:
    shown = [", ".join(said(value) for value in row[:3]) for row in rows.values[:_LISTED]]
    people = [" ".join(said(value) for value in row) for row in rows.values[:_LISTED]]
    facts = schema.facts[plan.entity]
    if all(isinstance(item, Col) and item.column in facts.display for item in plan.show):
        shown = people
    count = len(rows.values)
    if count == 1:
        return f"The {reading(plan, schema)}: {shown[0]}."
    more = f" and {count - len(shown)} more" if count > len(shown) else ""
    total = f"more than {count}" if rows.truncated else str(count)
    return f"The {reading(plan, schema)}, {total} rows: {'; '.join(shown)}{more}."
