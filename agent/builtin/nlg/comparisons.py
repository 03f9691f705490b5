"""Say one comparison: `total over 500 EUR`, `signed up in 2024`, `named Anna`, `more than 20 orders`."""

from dataclasses import dataclass

from agent.builtin.nlg.dates import date_text_said, when_said
from agent.builtin.nlg.inflection import counted, joined, said
from agent.builtin.nlg.labels import Voice
from agent.builtin.nlg.modifiers import Trait
from agent.builtin.plan.model import Between, Col, Compare, During, Item, Measure, OneOf, Scalar, Span

_SIZES = {">": "over", ">=": "of at least", "<": "under", "<=": "of at most", "=": "of", "<>": "other than"}
_PLACES = {
    ">": "above", ">=": "not below", "<": "below", "<=": "not above", "=": "equal to", "<>": "other than",
}  # fmt: skip
_DATES = {
    ">": "after", ">=": "not before", "<": "before", "<=": "not after", "=": "on", "<>": "other than",
}  # fmt: skip
_MANY = {
    ">": "more than", ">=": "at least", "<": "fewer than", "<=": "at most",
    "=": "exactly", "<>": "other than",
}  # fmt: skip

# By its ending a word is known to say what a thing is like.
_ADJECTIVES = ("ed", "able", "ible", "ive", "ful", "ous")


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Says comparisons with values. `short` leaves out the name of a date where a period says enough."""

    voice: Voice
    short: bool = False

    def with_value(self, condition: Compare, value: Scalar) -> Trait:
        """An item compared with a value."""
        item, op = condition.item, condition.op
        if isinstance(item, Measure) and item.function == "count" and isinstance(value, int):
            return self._many(item, op, value)
        if op in {"like", "not like"}:
            return self._like(item, str(value), negated=op == "not like")
        if isinstance(value, bool):
            return self._yes_or_no(item, value is (op == "="))
        if isinstance(item, Span) and not isinstance(value, str):
            span = self.voice.item(item).removeprefix("time ")
            return Trait("with", f"{_MANY[op]} {counted(int(value), 'day')} {span}")
        return self._sized(condition, self._given(item, value))

    def with_item(self, condition: Compare, other: str) -> Trait:
        """An item compared with another, which is said already."""
        return Trait("with", f"{self.voice.item(condition.item)} {_PLACES[condition.op]} {other}")

    def one_of(self, condition: OneOf) -> Trait:
        """One of several values."""
        listed = joined([self._given(condition.item, value) for value in condition.values], "or")
        other = "other than " if condition.negated else ""
        return Trait("with", f"{self.voice.item(condition.item)} {other}{listed}")

    def between(self, condition: Between) -> Trait:
        """A range; its unit is said once, with the upper end."""
        item = condition.item
        low = self._given(item, condition.low).removesuffix(self.voice.unit(item))
        within = f"between {low} and {self._given(item, condition.high)}"
        return Trait("with", f"{self.voice.item(item)} {'not ' if condition.negated else ''}{within}")

    def during(self, condition: During) -> Trait:
        """A date in a period."""
        item, when = condition.item, when_said(condition.start, condition.end, condition.words)
        when = f"not {when}" if condition.negated else when
        if isinstance(item, Col) and (happened := self.voice.happened(item)):
            return Trait("verb", f"{happened} {when}")
        if self.short and self.voice.is_own_date(item):
            return Trait("period", when)
        return Trait("with", f"{self.voice.item(item)} {when}")

    def _many(self, measure: Measure, op: str, number: int) -> Trait:
        noun = self.voice.counted(measure)
        many = self.voice.measure(measure).removeprefix("number of ")
        return Trait("with", f"{_MANY[op]} {number:,} {noun if noun and number == 1 else many}")

    def _sized(self, condition: Compare, given: str) -> Trait:
        item, op = condition.item, condition.op
        dated = self.voice.is_dated(item)
        if op == "=" and not dated:
            named = isinstance(item, Col) and self._is_name(item)
            return (
                Trait("verb", f"named {given}")
                if named
                else Trait("with", f"{self.voice.item(item)} {given}")
            )
        lead = (_DATES if dated else _SIZES)[op]
        if dated and isinstance(item, Col) and (happened := self.voice.happened(item)):
            return Trait("verb", f"{happened} {lead} {given}")
        return Trait("with", f"{self.voice.item(item)} {lead} {given}")

    def _is_name(self, col: Col) -> bool:
        own = col.table == self.voice.entity
        return own and self.voice.stands_for(col) and self.voice.column(col) == "name"

    def _given(self, item: Item, value: Scalar) -> str:
        """A value of a condition; a date that is kept as text is written as one."""
        if isinstance(value, str):
            return date_text_said(value) if self.voice.is_dated(item) else said(value)
        return self.voice.value(item, value)

    def _like(self, item: Item, pattern: str, *, negated: bool) -> Trait:
        how = "containing"
        if pattern.endswith("%") != pattern.startswith("%"):
            how = "starting with" if pattern.endswith("%") else "ending in"
        noun = f"{self.voice.item(item)} {'not ' if negated else ''}"
        return Trait("with", f"{noun}{how} “{said(pattern.strip('%'))}”")

    def _yes_or_no(self, item: Item, holds: bool) -> Trait:
        noun = self.voice.item(item)
        asks, _, what = noun.partition(" ")
        if asks in {"is", "be"} and what:
            return Trait("verb", f"{'' if holds else 'not '}marked as {what}")
        if asks in {"has", "have"} and what:
            return Trait("with" if holds else "without", what)
        if noun.endswith(_ADJECTIVES):
            return Trait("that", f"are {'' if holds else 'not '}{noun}")
        return Trait("with", f"“{noun}” set to {'yes' if holds else 'no'}")
