"""Filter phrases: which rows a plan covers, as in `orders with status cancelled in 2025`."""

from collections.abc import Iterable

from agent.builtin.nlg.comparisons import ComparisonPhrases, Modifier, attach_modifiers, join_alternatives
from agent.builtin.nlg.inflection import add_article, join_phrases, pluralize
from agent.builtin.nlg.labels import Labels, has_words
from agent.builtin.plan.model import (
    And,
    Between,
    ColumnRef,
    Comparison,
    Condition,
    InList,
    InPeriod,
    InSubquery,
    IsNull,
    Item,
    Measure,
    Or,
    Percentage,
    Plan,
    columns_of,
    measures_of,
)
from agent.builtin.schema.model import Schema


class FilterPhrases:
    """Phrases for the rows of plans. `short` omits the name of a date column where the period is enough."""

    def __init__(self, schema: Schema, entity: str, *, short: bool = False) -> None:
        self._schema = schema
        self._labels = Labels(schema, entity)
        self._comparisons = ComparisonPhrases(self._labels, short)

    def rows(self, plan: Plan, *, singular: bool = False) -> str:
        """Describe the rows of a plan: `customers with segment vip`."""
        noun = self._labels.table(plan.entity)
        return f"{noun if singular else pluralize(noun)}{self.suffix(plan)}"

    def suffix(self, plan: Plan) -> str:
        """Describe the conditions of a plan's rows, to follow their noun."""
        return attach_modifiers([*self._required_tables(plan), *self.modifiers(plan.where)])

    def result_rows(self, plan: Plan) -> str:
        """Describe the rows of a plan including HAVING conditions, where groups are its result rows."""
        phrases = [*self._required_tables(plan), *self.modifiers(plan.where), *self.modifiers(plan.having)]
        return pluralize(self._labels.table(plan.entity)) + attach_modifiers(phrases)

    def having_suffix(self, plan: Plan) -> str:
        """Describe the conditions on groups, to follow their noun."""
        return attach_modifiers(self.modifiers(plan.having))

    def modifiers(self, conditions: Iterable[Condition]) -> list[Modifier]:
        """Translate conditions into modifiers, one or more each."""
        phrases = []
        for condition in conditions:
            match condition:
                case And(parts):
                    phrases += self.modifiers(parts)
                case InSubquery(_, plan, False) if plan.entity == self._labels.entity and not _is_restricted(
                    plan
                ):
                    phrases += [*self._required_tables(plan), *self.modifiers(plan.where)]
                case _:
                    phrases.append(self._modifier(condition))
        return phrases

    def _required_tables(self, plan: Plan) -> list[Modifier]:
        """Describe tables that must have a matching row and are not mentioned otherwise."""
        parts = (plan.where, plan.select, plan.group, plan.order, plan.having)
        used_tables = (
            {col.table for col in columns_of(parts)} | {m.table for m in measures_of(parts)} | {plan.entity}
        )
        tables = [table for table in plan.tables if table not in used_tables]
        to_many = [self._schema.is_to_many(plan.entity, table) for table in tables]
        nouns = map(self._labels.table, tables)
        return [
            Modifier("with", pluralize(n) if m else add_article(n))
            for n, m in zip(nouns, to_many, strict=True)
        ]

    def _modifier(self, condition: Condition) -> Modifier:
        match condition:
            case Comparison():
                return self._comparison(condition)
            case InList():
                return self._comparisons.in_list(condition)
            case Between():
                return self._comparisons.between(condition)
            case InPeriod():
                return self._comparisons.in_period(condition)
            case IsNull(item, negated):
                return Modifier("with" if negated else "without", add_article(self._labels.item(item)))
        return self._compound(condition)

    def _compound(self, condition: And | Or | InSubquery) -> Modifier:
        match condition:
            case And(parts):
                return Modifier("that", "are ones" + attach_modifiers(self.modifiers(parts)))
            case Or((Comparison() as comparison, InSubquery(col, plan, False))) if _includes_children(
                comparison, col, plan
            ):
                return Modifier("with", f"{self._comparison(comparison).text} or one below it")
            case Or(parts):
                return join_alternatives([self._modifier(part) for part in parts])
            case InSubquery():
                return self._subquery_membership(condition)

    def _comparison(self, condition: Comparison) -> Modifier:
        match condition.value:
            case str() | int() | float() as value:
                return self._comparisons.compare_with_value(condition, value)
            case Plan() as plan:
                return self._comparisons.compare_with_item(condition, self._scalar_subquery(plan))
            case item:
                return self._comparisons.compare_with_item(condition, f"the {self._labels.item(item)}")

    def _scalar_subquery(self, plan: Plan) -> str:
        phrases = FilterPhrases(self._schema, plan.entity)
        if any(isinstance(item, Measure | Percentage) for item in plan.select):
            return f"the {phrases.aggregates(plan)}"
        columns = join_phrases([Labels(self._schema, plan.entity).item(item) for item in plan.select])
        return f"the {columns} of the {phrases.rows(plan)}"

    def _subquery_membership(self, condition: InSubquery) -> Modifier:
        plan, negated = condition.plan, condition.negated
        keys = self._schema.roles[self._labels.entity].table.primary_key
        if (condition.col.table, (condition.col.column,)) != (self._labels.entity, keys):
            rows = FilterPhrases(self._schema, plan.entity).result_rows(plan)
            membership = f"{'not ' if negated else ''}among the {rows}"
            return Modifier("with", f"{self._labels.item(condition.col)} {membership}")
        if _is_restricted(plan):
            phrases = FilterPhrases(self._schema, plan.entity)
            limit_phrase = f", the first {plan.limit} of them" if plan.limit else ""
            negation = "not " if negated else ""
            return Modifier("that", f"are {negation}among the {phrases.result_rows(plan)}{limit_phrase}")
        tables = [t for t in (*plan.tables, *(c.table for c in columns_of(plan.where))) if t != plan.entity]
        if not tables and plan.entity == self._labels.entity:
            return Modifier("that", f"are not {self.rows(plan)}")
        table = tables[0] if tables else plan.entity
        inner = FilterPhrases(self._schema, table, short=True)
        rows = pluralize(self._labels.table(table)) + attach_modifiers(inner.modifiers(plan.where))
        return Modifier("without", f"any {rows}") if negated else Modifier("with", rows)

    def aggregates(self, plan: Plan) -> str:
        """Describe the aggregates of a plan: `average price of products with category Garden`."""
        aggregates = [item for item in plan.select if isinstance(item, Measure | Percentage)]
        suffix = self.suffix(plan)
        if len(aggregates) > 1:
            listed = join_phrases([self.aggregate(item) for item in aggregates])
            return listed if plan.group and not suffix else f"{listed} of {self.rows(plan)}"
        measure = aggregates[0]
        if isinstance(measure, Percentage):
            return (
                f"{self.aggregate(measure)} among {self.rows(plan) if suffix else 'all ' + self.rows(plan)}"
            )
        if measure.function == "count" and (noun := self._labels.counted_noun(measure)):
            return f"number of {pluralize(noun)}{suffix}"
        if suffix or measure.function == "count":
            return f"{self._labels.measure(measure)} of {self.rows(plan)}"
        return self._single_aggregate(measure, plan)

    def aggregate(self, item: Item) -> str:
        """Describe one of several aggregates; a percentage includes its condition."""
        if isinstance(item, Percentage):
            return f"percentage of {self.rows(Plan(item.table, (), where=(item.condition,)))}"
        return self._labels.item(item)

    def _single_aggregate(self, measure: Measure, plan: Plan) -> str:
        """Describe an aggregate over all rows, naming the entity if needed: `average product price`."""
        noun, term = self._labels.measure(measure), measure.term
        function, _, term_noun = noun.partition(" ")
        if measure.function == "sum" or (isinstance(term, ColumnRef) and term.table != plan.entity):
            return noun
        owner = self._labels.table(plan.entity)
        if has_words(term_noun, owner):
            return noun
        return f"{function} {owner} {term_noun}" if " " not in term_noun else f"{noun} of {pluralize(owner)}"


def _includes_children(comparison: Comparison, parent: ColumnRef, plan: Plan) -> bool:
    """Check whether a condition covers a row and its children: a department and its categories."""
    is_own_name = (
        isinstance(comparison.item, ColumnRef) and comparison.item.table == parent.table == plan.entity
    )
    return is_own_name and plan.where == (comparison,) and not _is_restricted(plan)


def _is_restricted(plan: Plan) -> bool:
    """Check whether membership in a plan's rows depends on more than its WHERE conditions."""
    return bool(plan.limit or plan.having or plan.group)
