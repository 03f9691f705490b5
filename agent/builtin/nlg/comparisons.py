"""Comparison phrases: `total over 500 EUR`, `signed up in 2024`, `named Anna`, `more than 20 orders`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from agent.builtin.nlg.dates import format_date_text, period_phrase
from agent.builtin.nlg.inflection import format_count, format_value, join_phrases
from agent.builtin.nlg.labels import Labels
from agent.builtin.plan.model import (
    Between,
    ColumnRef,
    Comparison,
    DaysBetween,
    InList,
    InPeriod,
    Item,
    Measure,
    Scalar,
)

ModifierKind = Literal["verb", "with", "without", "that", "period"]
_LEADS: dict[ModifierKind, str] = {
    "verb": "",
    "with": "with ",
    "without": "without ",
    "that": "that ",
    "period": "",
}
_JOINS: dict[ModifierKind, str] = {"with": "and", "without": "or", "that": "and that"}
_LED_IN = frozenset({"in", "on", "from", "since", "before", "after", "until", "till", "not", "more", "less"})


@dataclass(frozen=True, slots=True)
class Modifier:
    """Modifier of a noun, made from one condition. `kind` is how it attaches to the noun."""

    kind: ModifierKind
    text: str

    @property
    def result_rows(self) -> str:
        """Modifier with its leading word, such as `with`."""
        return _LEADS[self.kind] + self.text


def attach_modifiers(modifiers: Iterable[Modifier]) -> str:
    """Join modifiers, with a leading space: ` signed up in 2024 with segment vip and without any orders`."""
    kinds: dict[ModifierKind, list[str]] = {kind: [] for kind in _LEADS}
    for modifier in dict.fromkeys(modifiers):
        kinds[modifier.kind].append(modifier.text)
    text = f" {join_phrases(kinds['verb'])}" if kinds["verb"] else ""
    for kind, word in _JOINS.items():
        link = " and " if text and kind != "with" else " "
        text += f"{link}{kind} {join_phrases(kinds[kind], word)}" if kinds[kind] else ""
    return text + "".join(map(_period_phrase, kinds["period"]))


def join_alternatives(modifiers: list[Modifier]) -> Modifier:
    """Join alternative modifiers by `or`: `with city Berlin or Paris`."""
    kinds = {modifier.kind for modifier in modifiers}
    if len(kinds) == 1 and kinds <= {"with", "without"}:
        texts = [modifier.text for modifier in modifiers]
        common_prefix = texts[0].rpartition(" ")[0]
        if common_prefix and all(text.startswith(f"{common_prefix} ") for text in texts):
            texts = [texts[0], *(text.removeprefix(f"{common_prefix} ") for text in texts[1:])]
            return Modifier(modifiers[0].kind, join_phrases(texts, "or"))
        return Modifier(modifiers[0].kind, f"either {join_phrases(texts, 'or')}")
    return Modifier(
        "that", "are either " + join_phrases([modifier.result_rows for modifier in modifiers], "or")
    )


def _period_phrase(period: str) -> str:
    """Lead a period in: `orders in 2025`, but `orders from last month`."""
    return f" {period}" if period.split(" ", maxsplit=1)[0] in _LED_IN else f" from {period}"


_AMOUNT_WORDS = {
    ">": "over",
    ">=": "of at least",
    "<": "under",
    "<=": "of at most",
    "=": "of",
    "<>": "other than",
}
_ITEM_WORDS = {
    ">": "above", ">=": "not below", "<": "below", "<=": "not above", "=": "equal to", "<>": "other than",
}  # fmt: skip
_DATE_WORDS = {
    ">": "after", ">=": "not before", "<": "before", "<=": "not after", "=": "on", "<>": "other than",
}  # fmt: skip
_COUNT_WORDS = {
    ">": "more than", ">=": "at least", "<": "fewer than", "<=": "at most",
    "=": "exactly", "<>": "other than",
}  # fmt: skip

# Word endings by which an adjective is recognized.
_ADJECTIVE_ENDINGS = ("ed", "able", "ible", "ive", "ful", "ous")


@dataclass(frozen=True, slots=True)
class ComparisonPhrases:
    """Phrases for comparisons. `short` omits the name of a date column where the period is enough."""

    labels: Labels
    short: bool = False

    def compare_with_value(self, condition: Comparison, value: Scalar) -> Modifier:
        """Describe a comparison with a value."""
        item, op = condition.item, condition.op
        if isinstance(item, Measure) and item.function == "count" and isinstance(value, int):
            return self._compare_count(item, op, value)
        if op in {"like", "not like"}:
            return self._like(item, str(value), negated=op == "not like")
        if isinstance(value, bool):
            return self._boolean(item, value is (op == "="))
        if isinstance(item, DaysBetween) and not isinstance(value, str):
            span = self.labels.item(item).removeprefix("time ")
            return Modifier("with", f"{_COUNT_WORDS[op]} {format_count(int(value), 'day')} {span}")
        return self._compare_amount(condition, self._format(item, value))

    def compare_with_item(self, condition: Comparison, phrase: str) -> Modifier:
        """Describe a comparison with another item, given as a phrase."""
        return Modifier("with", f"{self.labels.item(condition.item)} {_ITEM_WORDS[condition.op]} {phrase}")

    def in_list(self, condition: InList) -> Modifier:
        """Describe membership in a list of values."""
        values = join_phrases([self._format(condition.item, value) for value in condition.values], "or")
        negation = "other than " if condition.negated else ""
        return Modifier("with", f"{self.labels.item(condition.item)} {negation}{values}")

    def between(self, condition: Between) -> Modifier:
        """Describe a range; the unit follows its upper end only."""
        item = condition.item
        low = self._format(item, condition.low).removesuffix(self.labels.unit(item))
        range_phrase = f"between {low} and {self._format(item, condition.high)}"
        return Modifier(
            "with", f"{self.labels.item(item)} {'not ' if condition.negated else ''}{range_phrase}"
        )

    def in_period(self, condition: InPeriod) -> Modifier:
        """Describe a date range."""
        item, when = condition.item, period_phrase(condition.start, condition.end, condition.words)
        when = f"not {when}" if condition.negated else when
        if isinstance(item, ColumnRef) and (happened := self.labels.event_verb(item)):
            return Modifier("verb", f"{happened} {when}")
        if self.short and self.labels.is_own_date(item):
            return Modifier("period", when)
        return Modifier("with", f"{self.labels.item(item)} {when}")

    def _compare_count(self, measure: Measure, op: str, number: int) -> Modifier:
        noun = self.labels.counted_noun(measure)
        plural_noun = self.labels.measure(measure).removeprefix("number of ")
        return Modifier(
            "with", f"{_COUNT_WORDS[op]} {number:,} {noun if noun and number == 1 else plural_noun}"
        )

    def _compare_amount(self, condition: Comparison, value: str) -> Modifier:
        item, op = condition.item, condition.op
        is_date = self.labels.is_date_item(item)
        if op == "=" and not is_date:
            is_name = isinstance(item, ColumnRef) and self._is_name(item)
            return (
                Modifier("verb", f"named {value}")
                if is_name
                else Modifier("with", f"{self.labels.item(item)} {value}")
            )
        relation = (_DATE_WORDS if is_date else _AMOUNT_WORDS)[op]
        if is_date and isinstance(item, ColumnRef) and (happened := self.labels.event_verb(item)):
            return Modifier("verb", f"{happened} {relation} {value}")
        return Modifier("with", f"{self.labels.item(item)} {relation} {value}")

    def _is_name(self, col: ColumnRef) -> bool:
        is_entity = col.table == self.labels.entity
        return is_entity and self.labels.is_display_column(col) and self.labels.column(col) == "name"

    def _format(self, item: Item, value: Scalar) -> str:
        """Format a value of a condition; ISO text in a date column is formatted as a date."""
        if isinstance(value, str):
            return format_date_text(value) if self.labels.is_date_item(item) else format_value(value)
        return self.labels.value(item, value)

    def _like(self, item: Item, pattern: str, *, negated: bool) -> Modifier:
        relation = "containing"
        if pattern.endswith("%") != pattern.startswith("%"):
            relation = "starting with" if pattern.endswith("%") else "ending in"
        noun = f"{self.labels.item(item)} {'not ' if negated else ''}"
        return Modifier("with", f"{noun}{relation} “{format_value(pattern.strip('%'))}”")

    def _boolean(self, item: Item, holds: bool) -> Modifier:
        noun = self.labels.item(item)
        verb, _, property = noun.partition(" ")
        if verb in {"is", "be"} and property:
            return Modifier("verb", f"{'' if holds else 'not '}marked as {property}")
        if verb in {"has", "have"} and property:
            return Modifier("with" if holds else "without", property)
        if noun.endswith(_ADJECTIVE_ENDINGS):
            return Modifier("that", f"are {'' if holds else 'not '}{noun}")
        return Modifier("with", f"“{noun}” set to {'yes' if holds else 'no'}")
