"""Column aliases for computed items of a query: `number_of_orders`, `average_price`, `month`."""

from collections.abc import Mapping

from agent.builtin.plan.model import (
    AgeInYears,
    ColumnRef,
    DateBucket,
    DaysBetween,
    Item,
    LineAmount,
    Measure,
    Percentage,
)
from agent.builtin.schema.column_roles import ColumnRoles

AGGREGATE_ALIASES: Mapping[str, str] = {
    "count": "number_of",
    "sum": "total",
    "avg": "average",
    "min": "lowest",
    "max": "highest",
}
"""Prefix of a column alias for each aggregate function."""

_FIXED_ALIASES: Mapping[type, str] = {
    LineAmount: "amount",
    AgeInYears: "age",
    DaysBetween: "days",
    Percentage: "percent",
}


def alias_of(item: Item, facts: Mapping[str, ColumnRoles]) -> str:
    """Choose the alias of an item: `number_of_orders`, `average_price`, `month`."""
    match item:
        case Measure():
            return _measure_alias(item, facts)
        case DateBucket(_, unit):
            return unit
        case ColumnRef(table, column):
            return "_".join(facts[table].words_of(column))
    return _FIXED_ALIASES[type(item)]


def _measure_alias(measure: Measure, facts: Mapping[str, ColumnRoles]) -> str:
    if measure.function == "count":
        return f"number_of_{_counted_alias(measure, facts)}"
    term_alias = alias_of(measure.term, facts) if measure.term else "rows"
    function_alias = AGGREGATE_ALIASES[measure.function]
    return term_alias if term_alias == function_alias else f"{function_alias}_{term_alias}"


def _counted_alias(measure: Measure, facts: Mapping[str, ColumnRoles]) -> str:
    term, table = measure.term, measure.table
    counts_rows = table is not None and isinstance(term, ColumnRef) and term.table == table
    if isinstance(term, ColumnRef) and not (
        counts_rows and term.column in facts[term.table].table.primary_key
    ):
        return alias_of(term, facts)
    return facts[table].table.name.lower() if table else "rows"
