"""Say which rows are meant: `orders with status cancelled in 2025`, `customers without any orders`."""

from collections.abc import Iterable

from agent.builtin.nlg.comparisons import Comparisons
from agent.builtin.nlg.inflection import joined, plural, with_article
from agent.builtin.nlg.labels import Voice, has_words
from agent.builtin.nlg.modifiers import Kind, Trait, attached, either
from agent.builtin.plan.model import (
    AllOf,
    AnyOf,
    Between,
    Col,
    Compare,
    Condition,
    During,
    Item,
    Measure,
    Member,
    Missing,
    OneOf,
    Plan,
    Share,
    columns_of,
    measures_of,
)
from agent.builtin.schema.model import Schema

_LEADS: dict[Kind, str] = {"verb": "", "with": "with ", "without": "without ", "that": "that ", "period": ""}
_JOINS: dict[Kind, str] = {"with": "and", "without": "or", "that": "and that"}


class Traits:
    """Says the rows of plans. `short` leaves out the name of a date where a period says enough."""

    def __init__(self, schema: Schema, entity: str, *, short: bool = False) -> None:
        self._schema = schema
        self._voice = Voice(schema, entity)
        self._comparisons = Comparisons(self._voice, short)

    def things(self, plan: Plan, *, one: bool = False) -> str:
        """The rows that a plan is about: `customers with segment vip`."""
        noun = self._voice.table(plan.entity)
        return f"{noun if one else plural(noun)}{self.of(plan)}"

    def of(self, plan: Plan) -> str:
        """All that must hold for the rows of a plan, ready to stand behind their noun."""
        return attached([*self._needed(plan), *self.each(plan.where)])

    def whole(self, plan: Plan) -> str:
        """The rows of a plan with what must hold for each group as well, where the groups are its rows."""
        traits = [*self._needed(plan), *self.each(plan.where), *self.each(plan.having)]
        return plural(self._voice.table(plan.entity)) + attached(traits)

    def having(self, plan: Plan) -> str:
        """What must hold for each group."""
        return attached(self.each(plan.having))

    def each(self, conditions: Iterable[Condition]) -> list[Trait]:
        """The traits that conditions say, one or more each."""
        found = []
        for condition in conditions:
            match condition:
                case AllOf(parts):
                    found += self.each(parts)
                case Member(_, plan, False) if plan.entity == self._voice.entity and not _is_cut(plan):
                    found += [*self._needed(plan), *self.each(plan.where)]
                case _:
                    found.append(self._trait(condition))
        return found

    def _needed(self, plan: Plan) -> list[Trait]:
        """Tables that must have a row, and of which nothing else is said."""
        parts = (plan.where, plan.show, plan.group, plan.order, plan.having)
        used = {col.table for col in columns_of(parts)} | {m.of for m in measures_of(parts)} | {plan.entity}
        needed = [table for table in plan.tables if table not in used]
        many = [self._schema.to_many(plan.entity, table) for table in needed]
        nouns = map(self._voice.table, needed)
        return [Trait("with", plural(n) if m else with_article(n)) for n, m in zip(nouns, many, strict=True)]

    def _trait(self, condition: Condition) -> Trait:
        match condition:
            case Compare():
                return self._compared(condition)
            case OneOf():
                return self._comparisons.one_of(condition)
            case Between():
                return self._comparisons.between(condition)
            case During():
                return self._comparisons.during(condition)
            case Missing(item, negated):
                return Trait("with" if negated else "without", with_article(self._voice.item(item)))
        return self._of_parts(condition)

    def _of_parts(self, condition: AllOf | AnyOf | Member) -> Trait:
        match condition:
            case AllOf(parts):
                return Trait("that", "are ones" + attached(self.each(parts)))
            case AnyOf((Compare() as named, Member(col, plan, False))) if _is_below(named, col, plan):
                return Trait("with", f"{self._compared(named).text} or one below it")
            case AnyOf(parts):
                return either([self._trait(part) for part in parts])
            case Member():
                return self._member(condition)

    def _compared(self, condition: Compare) -> Trait:
        match condition.value:
            case str() | int() | float() as value:
                return self._comparisons.with_value(condition, value)
            case Plan() as plan:
                return self._comparisons.with_item(condition, self._one_number(plan))
            case item:
                return self._comparisons.with_item(condition, f"the {self._voice.item(item)}")

    def _one_number(self, plan: Plan) -> str:
        traits = Traits(self._schema, plan.entity)
        if any(isinstance(item, Measure | Share) for item in plan.show):
            return f"the {traits.measured(plan)}"
        shown = joined([Voice(self._schema, plan.entity).item(item) for item in plan.show])
        return f"the {shown} of the {traits.things(plan)}"

    def _member(self, condition: Member) -> Trait:
        plan, negated = condition.plan, condition.negated
        keys = self._schema.facts[self._voice.entity].table.primary_key
        if (condition.col.table, (condition.col.column,)) != (self._voice.entity, keys):
            among = f"{'not ' if negated else ''}among the {Traits(self._schema, plan.entity).whole(plan)}"
            return Trait("with", f"{self._voice.item(condition.col)} {among}")
        if _is_cut(plan):
            within = Traits(self._schema, plan.entity)
            first = f", the first {plan.limit} of them" if plan.limit else ""
            not_ = "not " if negated else ""
            return Trait("that", f"are {not_}among the {within.whole(plan)}{first}")
        tables = [t for t in (*plan.tables, *(c.table for c in columns_of(plan.where))) if t != plan.entity]
        if not tables and plan.entity == self._voice.entity:
            return Trait("that", f"are not {self.things(plan)}")
        there = tables[0] if tables else plan.entity
        inner = Traits(self._schema, there, short=True)
        rows = plural(self._voice.table(there)) + attached(inner.each(plan.where))
        return Trait("without", f"any {rows}") if negated else Trait("with", rows)

    def measured(self, plan: Plan) -> str:
        """The aggregates of a plan, and of what: `average price of products with category Garden`."""
        aggregates = [item for item in plan.show if isinstance(item, Measure | Share)]
        rest = self.of(plan)
        if len(aggregates) > 1:
            all_of_them = joined([self.part(item) for item in aggregates])
            return all_of_them if plan.group and not rest else f"{all_of_them} of {self.things(plan)}"
        only = aggregates[0]
        if isinstance(only, Share):
            return f"{self.part(only)} among {self.things(plan) if rest else 'all ' + self.things(plan)}"
        if only.function == "count" and (noun := self._voice.counted(only)):
            return f"number of {plural(noun)}{rest}"
        if rest or only.function == "count":
            return f"{self._voice.measure(only)} of {self.things(plan)}"
        return self._alone(only, plan)

    def part(self, item: Item) -> str:
        """One of several aggregates; a share says of what it is one."""
        if isinstance(item, Share):
            return f"percentage of {self.things(Plan(item.of, (), where=(item.part,)))}"
        return self._voice.item(item)

    def _alone(self, measure: Measure, plan: Plan) -> str:
        """An aggregate over all rows, with their name where it does not say it: `average product price`."""
        noun, term = self._voice.measure(measure), measure.term
        function, _, what = noun.partition(" ")
        if measure.function == "sum" or (isinstance(term, Col) and term.table != plan.entity):
            return noun
        owner = self._voice.table(plan.entity)
        if has_words(what, owner):
            return noun
        return f"{function} {owner} {what}" if " " not in what else f"{noun} of {plural(owner)}"


def _is_below(named: Compare, parent: Col, plan: Plan) -> bool:
    """Whether a row is meant together with those that point up at it: a department and its categories."""
    own = isinstance(named.item, Col) and named.item.table == parent.table == plan.entity
    return own and plan.where == (named,) and not _is_cut(plan)


def _is_cut(plan: Plan) -> bool:
    """Whether being among a plan's rows says more than that its conditions hold."""
    return bool(plan.limit or plan.having or plan.group)
